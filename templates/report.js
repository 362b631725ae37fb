// Optional: sorts, filters, copies; no quotes or angles.
(function () {
 const units = { KiB: 10, MiB: 20, GiB: 30, TiB: 40 }, spans = { s: 1, min: 60, h: 3600, d: 86400 };
 function all(what, within) { return [...(within || document).querySelectorAll(what)]; }
 function made(tag, words, kind) {
  const e = document.createElement(tag);
  e.textContent = words;
  e.className = kind || `tool`;
  if (tag === `button`) e.type = tag;
  return e;
 }
 function value(row, n) {
  const text = row.cells[n].textContent.trim();
  const m = /^([-−]?)([\d,]*\.?\d+)\s*([A-Za-z]*)/.exec(text);
  if (!m) return [NaN, text];
  const size = parseFloat(m[2].replace(/,/g, ``)) * 2 ** (units[m[3]] || 0) * (spans[m[3]] || 1);
  return [m[1] ? -size : size, text];
 }
 function sort(table, head, n) {
  const up = head.ariaSort === `descending` ? 1 : head.ariaSort ? -1 : head.className === `num` ? -1 : 1;
  all(`th[aria-sort]`, table).forEach(function (h) { h.removeAttribute(`aria-sort`); h.querySelector(`i`).remove(); });
  head.ariaSort = up === 1 ? `ascending` : `descending`;
  const mark = made(`i`, up === 1 ? ` ▲` : ` ▼`, `mark`);
  mark.ariaHidden = true;
  head.firstChild.append(mark);
  const body = table.tBodies[0];
  const rows = [...body.rows].map(function (row) { return [row, ...value(row, n)]; });
  rows.sort(function (a, b) { return up * (a[1] - b[1] || a[2].localeCompare(b[2], `en`, { numeric: true })); });
  rows.forEach(function (row) { body.append(row[0]); });
 }
 all(`.overview, .tasks, .kills`).forEach(function (table) {
  if (table.tBodies[0].rows.length === 1 || table.querySelector(`.warned`)) return;
  all(`thead th`, table).forEach(function (head, n) {
   if (head.querySelector(`.vh`)) return;
   const button = made(`button`, head.textContent, `sort`);
   button.onclick = function () { sort(table, head, n); };
   head.replaceChildren(button);
  });
 });
 all(`.overview`).forEach(function (table) {
  const label = made(`label`, `Show only workloads with `), box = made(`input`, ``), said = made(`span`, ``);
  box.type = `search`;
  said.role = `status`;
  label.append(box);
  box.oninput = function () {
   const word = box.value.trim().toLowerCase();
   function shown(e) { return !(e.hidden = !e.textContent.toLowerCase().includes(word)); }
   const rows = [...table.tBodies[0].rows], left = rows.filter(shown).length;
   all(`#each .inc`).forEach(shown);
   said.textContent = word ? ` ${left} of ${rows.length} rows` : ``;
  };
  table.closest(`section`).querySelector(`h2`).after(label, said);
 });
 all(`.md`).forEach(function (fold) {
  const button = made(`button`, `Copy as Markdown`), text = fold.querySelector(`code`);
  button.onclick = async function () {
   try { await navigator.clipboard.writeText(text.textContent); } catch {
    fold.open = true;
    getSelection().selectAllChildren(text);
    document.execCommand(`copy`);
   }
   button.textContent = `Copied`;
  };
  fold.after(button);
 });
})();
