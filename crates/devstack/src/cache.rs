use std::env;
use std::path::PathBuf;

/// Where fetched things are kept: `LP_CACHE_DIR`, else `learning-paths` in the user's cache directory. For root it lies under
/// `/var/cache`, where the other user that runs the server can read it.
#[must_use]
pub fn cache_dir() -> PathBuf {
    if let Some(dir) = env::var_os("LP_CACHE_DIR") {
        return dir.into();
    }
    if nix::unistd::Uid::effective().is_root() {
        return "/var/cache/learning-paths".into();
    }
    let user = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    user.or_else(home).unwrap_or_else(env::temp_dir).join("learning-paths")
}
