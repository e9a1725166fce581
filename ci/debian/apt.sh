# To be sourced: an apt of its own, to fetch packages of some release of Debian from the archive that this machine's apt has,
# without touching what is installed here.

# Prints nothing and leaves the configuration in DIR/apt.conf (for APT_CONFIG), or prints why there is none.
debian_apt() { # DIR SUITE
  local dir="$1" suite="$2" archive keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed=""
  command -v apt-get >/dev/null || { echo "no apt-get here"; return; }
  # AMD's and NVIDIA's packages are there for it.
  [[ "$(dpkg --print-architecture)" == amd64 ]] || { echo "this is no amd64"; return; }
  # shellcheck disable=SC2016
  archive="$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    sed -n 's/^Debian //p' | head -n 1 || true)"
  # Without lists apt does not know whose its archives are; on Debian the first one is.
  [[ -n "$archive" ]] || ! grep -q '^ID=debian$' /etc/os-release ||
    archive="$(apt-get update --print-uris 2>/dev/null | sed -n "/security/d; s#^'\(.*\)/dists/.*InRelease'.*#\1#p" | head -n 1 || true)"
  [[ -n "$archive" ]] || { echo "this machine's apt has no archive of Debian"; return; }
  [[ ! -r "$keyring" ]] || signed="[signed-by=$keyring]"
  mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/none"
  : >"$dir/status"
  echo "deb $signed $archive $suite main contrib non-free" >"$dir/sources.list"
  cat >"$dir/apt.conf" <<CONF
Dir::State "$dir/state";
Dir::State::status "$dir/status";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "$dir/none";
Dir::Etc::preferencesparts "$dir/none";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
CONF
  APT_CONFIG="$dir/apt.conf" apt-get update -qq >"$dir/log" 2>&1 ||
    echo "the archive of Debian's $suite cannot be reached: $(grep -m 1 '^E:' "$dir/log" || tail -n 1 "$dir/log")"
}
