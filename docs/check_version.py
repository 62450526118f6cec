#!/usr/bin/env python3
"""Checks a version of a text: python3 check_version.py ADDRESS/json VERIFIER-KEY [KEPT-CHECKPOINT]

Needs the package "cryptography". Ends with an error at the first step that does not hold."""
import base64, hashlib, json, sys, urllib.request
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

sha = lambda data: hashlib.sha256(data).digest()
get = lambda url: urllib.request.urlopen(url, timeout=30).read()
url, key = sys.argv[1], sys.argv[2].split("+", 2)

def read(note):  # A signed checkpoint: name, number of entries, root of the tree; then the lines of those who signed.
    text, signatures = note.rsplit("\n\n", 1)
    ours = [base64.b64decode(line.split(" ")[2]) for line in signatures.splitlines() if line.split(" ")[1] == key[0]]
    ours = [line[4:] for line in ours if line[:4].hex() == key[1]]
    Ed25519PublicKey.from_public_bytes(base64.b64decode(key[2])[1:]).verify(ours[0], (text + "\n").encode())
    assert text.split("\n")[0] == key[0], "the checkpoint is of another log"
    return int(text.split("\n")[1]), base64.b64decode(text.split("\n")[2])

def root(leaves):  # The root of a tree over some entries (RFC 6962, section 2.1).
    if len(leaves) == 1:
        return sha(b"\0" + leaves[0])
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1" + root(leaves[:half]) + root(leaves[half:]))

# 1. The text and its salt give the fingerprint on line 10, and the twelve lines give the hash of the entry.
version = json.loads(get(url))
if version["content"] is not None:  # A text that was removed is gone; its entry is not.
    text = bytes.fromhex(version["salt"]) + version["content"].encode()
    assert sha(text).hex() == version["canonical"].split("\n")[9], "the text is not the one that was entered"
entry = sha(version["canonical"].encode())
print("The text belongs to entry", version["entry"], "with the hash", entry.hex())

# 2. The entry stands in the tree that was signed: from its leaf up to the root.
proof = version["inclusion"]
assert proof, "the entry is not signed yet: try again later"
size, signed_root = read(proof["checkpoint"])
node, at, last = sha(b"\0" + entry), proof["index"], size - 1
for sibling in map(bytes.fromhex, proof["hashes"]):
    while at % 2 == 0 and at == last > 0:
        at, last = at // 2, last // 2
    node = sha(b"\1" + (sibling + node if at % 2 else node + sibling))
    at, last = at // 2, last // 2
assert node == signed_root and last == 0, "the entry is not in the tree that was signed"
print("It is one of the", size, "entries that were signed.")

# 3. All entries give the signed root, and the first of them the root that you kept: nothing before was changed.
if len(sys.argv) > 3:
    old_size, old_root = read(open(sys.argv[3], encoding="utf-8").read())
    leaves = []
    for tile in range((size + 255) // 256):
        path = "".join(f"x{int(digits):03}/" for digits in f"{tile // 1000:,}".split(",")) if tile > 999 else ""
        part = "" if size >= (tile + 1) * 256 else f".p/{size % 256}"
        where = url.split("/notices/")[0] + f"/notices/proof/tile/entries/{path}{tile % 1000:03}{part}"
        bundle = get(where)
        leaves += [bundle[start + 2 : start + 34] for start in range(0, len(bundle), 34)]
    assert root(leaves) == signed_root, "the entries are not those that were signed"
    assert old_size <= size and root(leaves[:old_size]) == old_root, "the log was rewritten: keep both checkpoints"
    print("The log has only grown since the checkpoint that you kept.")
