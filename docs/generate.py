"""Write rules/README.md and rules/index.json from the cause files: `make docs`."""

from pathlib import Path

from oomscope.causes import index_text, load_dir
from oomscope.causes.files.docs import rules_readme
from oomscope.facts import VOCABULARY

RULES = Path(__file__).parents[1] / "rules"


def texts() -> dict[str, str]:
    """What the generated files have to hold, by name."""
    return {"README.md": rules_readme(load_dir(str(RULES), VOCABULARY)), "index.json": index_text(RULES)}


if __name__ == "__main__":
    for name, text in texts().items():
        (RULES / name).write_text(text, encoding="utf-8")
