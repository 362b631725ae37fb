#!/bin/sh
# Build a Debian package of the single file: packaging/deb.sh build/oomscope.pyz OUT
#
# It needs only python3; the packages that it recommends make it read damaged lines and series of memory as well.
set -eu
file=$1
out=$2
here=$(dirname "$0")
version=$(python3 "$file" --version | cut -d' ' -f2)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
install -D -m 755 "$file" "$root/usr/bin/oomscope"
# As long as the line in its place, which the offsets inside the file rest on; -sE: nothing of the user's own Python.
sed -i '1s|^#!/usr/bin/env python3$|#!/usr/bin/python3 -sE|' "$root/usr/bin/oomscope"
install -D -m 755 "$here/kubectl-oomscope" "$root/usr/bin/kubectl-oomscope"
install -D -m 644 "$here/../LICENSE" "$root/usr/share/doc/oomscope/copyright"
install -D -m 644 "$here/../docs/oomscope.1" "$root/usr/share/man/man1/oomscope.1"
gzip -9n "$root/usr/share/man/man1/oomscope.1"
mkdir -p "$root/usr/share/bash-completion/completions" "$root/DEBIAN"
env _OOMSCOPE_COMPLETE=source_bash python3 "$file" > "$root/usr/share/bash-completion/completions/oomscope"
cat > "$root/DEBIAN/control" << END
Package: oomscope
Version: $version
Section: admin
Priority: optional
Architecture: all
Depends: python3 (>= 3.11)
Recommends: python3-regex, python3-numpy
Suggests: python3-pandas
Maintainer: The oomscope authors <oomscope@localhost>
Description: finds every OOM kill in a Linux kernel log
 It says who died, whose limit it was, why, and how sure that is.
END
mkdir -p "$out"
dpkg-deb --build --root-owner-group "$root" "$out/oomscope_${version}_all.deb" > /dev/null
echo "$out/oomscope_${version}_all.deb"
