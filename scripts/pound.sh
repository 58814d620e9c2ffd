#!/bin/sh
# pound.sh FOLDER: puts a Pound 4 into FOLDER/pound, for the tests of balancers.
#
# Not every Debian has one, so it is taken from the release that SUITE names, together with the libraries that it was
# linked with, and run by their loader. Nothing is installed, and nothing outside of FOLDER is changed.
set -eu

suite=${SUITE:-trixie}
folder=${1:?FOLDER}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
[ -x "$folder/pound" ] && exec "$folder/pound" -V

# The server that the system's own packages come from.
server=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | head -n 1)
mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial"
cat >"$folder/apt/sources.list" <<END
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $server $suite main
END
cat >"$folder/apt/conf" <<END
Dir::Etc::SourceList "$folder/apt/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$folder/apt/lists";
Dir::State::Status "/dev/null";
Dir::Cache "$folder/apt";
APT::Architecture "amd64";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
END
export APT_CONFIG="$folder/apt/conf"
apt-get -qq update
# What it needs, by the packages' own word, without what is only for its installation.
apt-get -qq --print-uris install pound | sed "s/^'\([^']*\)' \([^ ]*\) .*/\1 \2/" |
    grep -E '/(pound|libc6|libssl3t64|libpcre2-8-0|libpcre2-posix3|libcrypt1|libadns1t64|libzstd1|zlib1g)_' >"$folder/apt/wanted"
(cd "$folder/apt" && sed 's/.* \([^_]*\)_.*/\1/' wanted | xargs apt-get -qq download)
for package in "$folder"/apt/*.deb; do
    dpkg -x "$package" "$folder/root"
done
libraries=$(find "$folder/root" -name '*.so.*' -exec dirname {} + | sort -u | tr '\n' ':')
cat >"$folder/pound" <<END
#!/bin/sh
exec '$folder/root/usr/lib64/ld-linux-x86-64.so.2' --library-path '$libraries' '$folder/root/usr/sbin/pound' "\$@"
END
chmod +x "$folder/pound"
exec "$folder/pound" -V
