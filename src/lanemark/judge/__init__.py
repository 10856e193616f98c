"""Pass, warn, fail, or unknown? Gates against facts and differences."""
