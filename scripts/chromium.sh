# Install a browser for the tests, where there is none; they say what they leave out without one.
# On Debian. Ubuntu's Chromium is a snap, which not every process can use; Chrome is as good.
for name in chromium chromium-browser google-chrome; do
  "$name" --version >/dev/null 2>&1 && exit
done
command -v apt-get >/dev/null || exit
sudo=
[ "$(id -u)" = 0 ] || sudo='sudo -n' # asks nobody for a password
echo "installing chromium"
$sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends chromium
