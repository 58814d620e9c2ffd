"""Validates manifests by a schema: `schema.py SCHEMA MANIFEST…` prints a line for each that is refused, with the reason."""

import json
import sys
import tomllib

import jsonschema
import yaml


def read(path):
    with open(path, "rb") as file:
        return tomllib.load(file) if path.endswith(".toml") else yaml.safe_load(file)


def main(schema, *paths):
    with open(schema) as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for path in paths:
        try:
            value = read(path)
        except (tomllib.TOMLDecodeError, yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError):
            print(f"{path}\tunreadable")
            continue
        for error in sorted(validator.iter_errors(value), key=str):
            place = ".".join(map(str, error.absolute_path))
            print(f"{path}\t{place}: {error.message[:200]}")


main(*sys.argv[1:])
