# Install what the project needs from the system, where it is missing: sh scripts/system.sh PYTHON
# Debian and Ubuntu; elsewhere it says what to install.
set -eu
python=${1:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Python 3.11 or newer is needed; '$python' is $("$python" --version 2>&1). Try: make PYTHON=python3.12 ..." >&2
  exit 1
fi

missing=
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
command -v bwrap >/dev/null || missing="$missing bubblewrap"
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "Please install:$missing (by the names of Debian's packages), then try again." >&2
  exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "installing$missing"
$sudo apt-get update -qq
$sudo apt-get install -y -qq --no-install-recommends $missing
