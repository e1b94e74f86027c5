"""Times gpuhunt's own catalog over CSV files of a folder: prints JSON with seconds and the number of items.

Imports are not counted. `query` has all items in memory already; `read` reads the files as gpuhunt does it from a folder.
"""

import json
import os
import sys
import time

import gpuhunt._internal.catalog as catalog

folder, rounds = sys.argv[1], int(sys.argv[2])
providers = [name[:-4] for name in os.listdir(folder) if name.endswith(".csv")]


def timed(ask):
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        found = ask()
        taken.append(time.perf_counter() - began)
    return sorted(taken)[len(taken) // 2], len(found)


os.environ["GPUHUNT_CATALOG_DIR"] = folder
files = catalog.Catalog(auto_reload=False)
read, count = timed(lambda: files.query(provider=providers))

memory = catalog.Catalog(auto_reload=False)
for provider in providers:
    with open(os.path.join(folder, provider + ".csv"), encoding="utf-8") as file:
        items = list(catalog.storage.load(file, provider=provider))
    memory.catalog[provider] = catalog.ProviderCatalog(version="bench", items=items)
memory.loaded_at = time.monotonic()
del os.environ["GPUHUNT_CATALOG_DIR"]
query, same = timed(lambda: memory.query(provider=providers))
assert same == count
print(json.dumps({"read": read, "query": query, "items": count}))
