"""Validates JSON documents against a schema, and checks that the schema can refuse."""
import json
import sys

import jsonschema


def check_main(what, mutations):
    """For a program whose words are SCHEMA DOCUMENT...; it ends with 1 if anything is wrong.

    `mutations` gives, of a document, (what is wrong, a document that is wrong in that way) each."""
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failed = False
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        for error in validator.iter_errors(document):
            print(f"{path}: {error.json_path}: {error.message}")
            failed = True
        for wrong, broken in mutations(document):
            if validator.is_valid(broken):
                print(f"{path}: the schema accepts {what}: {wrong}")
                failed = True
    sys.exit(1 if failed else 0)
