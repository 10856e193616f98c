"""Are these bytes safe? Files with limits, written whole; snapshots of folders, kept and put back.

`files` reads and writes single files, `trees` takes and restores snapshots with the help of `blobs` (contents by digest), `walk`
(looking without following links), `restore` (changing without following links). `evict` makes files cold. `standing` keeps what a
run said for as long as all that `witness` saw looks the same.
"""
