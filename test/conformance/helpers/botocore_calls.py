"""Makes calls with botocore and holds each answer against the service's model.

argv: endpoint, then a JSON list of {"service", "operation", "input"}, where {"$from": operation, "member": name} in an input stands for what
the operation's last answer had, and {"$bytes": count} for so many of them. Credentials and region come from the environment.
Prints a JSON list, one entry per call: {"operation", "error", "problems", "output"}.
A problem is a member of the raw answer that the model does not have, a required member that is missing, or a value of a wrong type.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree

import botocore.config
import botocore.session
from botocore.exceptions import ClientError

session = botocore.session.get_session()
config = botocore.config.Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, parameter_validation=True)


def local(tag):
    return tag.split("}")[-1]


def wire_name(name, member):
    return member.serialization.get("name", name)


def json_problems(shape, value, path):
    kind = shape.type_name
    if value is None:
        return []
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return []
        if not isinstance(value, dict):
            return [f"{path}: not an object"]
        members = {wire_name(name, member): member for name, member in shape.members.items()}
        problems = [f"{path}.{key}: unknown member" for key in value if key not in members and key != "__type"]
        required = [wire_name(name, shape.members[name]) for name in shape.required_members]
        problems += [f"{path}.{key}: required, and missing" for key in required if value.get(key) is None]
        for key, member in members.items():
            problems += json_problems(member, value.get(key), f"{path}.{key}")
        return problems
    if kind == "list":
        if not isinstance(value, list):
            return [f"{path}: not a list"]
        return [problem for index, item in enumerate(value) for problem in json_problems(shape.member, item, f"{path}[{index}]")]
    if kind == "map":
        return [problem for key, item in value.items() for problem in json_problems(shape.value, item, f"{path}[{key}]")]
    wanted = {
        "string": str,
        "boolean": bool,
        "integer": int,
        "long": int,
        "double": (int, float),
        "float": (int, float),
        "timestamp": (int, float),
        "blob": str,
    }[kind]
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean"):
        return [f"{path}: {value!r} is no {kind}"]
    enum = getattr(shape, "enum", None)
    return [f"{path}: {value!r} is not in {enum}"] if enum and value not in enum else []


def xml_problems(shape, element, path):
    kind = shape.type_name
    if kind == "structure":
        members = {}
        flattened = {}
        for name, member in shape.members.items():
            if member.serialization.get("location"):
                continue
            if member.type_name == "list" and member.serialization.get("flattened"):
                flattened[member.serialization.get("name") or member.member.serialization.get("name") or name] = member
            else:
                members[wire_name(name, member)] = member
        problems = []
        for child in element:
            key = local(child.tag)
            if key in members:
                problems += xml_problems(members[key], child, f"{path}.{key}")
            elif key in flattened:
                problems += xml_problems(flattened[key].member, child, f"{path}.{key}")
            else:
                problems.append(f"{path}.{key}: unknown member")
        present = {local(child.tag) for child in element}
        required = [wire_name(name, shape.members[name]) for name in shape.required_members]
        return problems + [f"{path}.{key}: required, and missing" for key in required if key not in present]
    if kind == "list":
        item = shape.member.serialization.get("name", "member")
        wrong = [f"{path}.{local(child.tag)}: should be {item}" for child in element if local(child.tag) != item]
        return wrong + [problem for child in element for problem in xml_problems(shape.member, child, f"{path}[]")]
    if kind == "map":
        return [f"{path}.{local(child.tag)}: should be entry" for child in element if local(child.tag) != "entry"]
    enum = getattr(shape, "enum", None)
    return [f"{path}: {element.text!r} is not in {enum}"] if enum and element.text not in enum else []


def answer_problems(operation, protocol, body):
    shape = operation.output_shape
    if shape is None or body in (b"", None):
        return []
    if protocol in ("json", "rest-json"):
        return json_problems(shape, json.loads(body), operation.name)
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name in ("blob", "string"):
        return []
    root = ElementTree.fromstring(body)
    if protocol == "query":
        wrapper = shape.serialization.get("resultWrapper")
        outer = {local(child.tag): child for child in root}
        problems = [f"{operation.name}: unknown {name}" for name in outer if name not in (wrapper, "ResponseMetadata")]
        return problems + (xml_problems(shape, outer[wrapper], operation.name) if wrapper in outer else [f"{operation.name}: no {wrapper}"])
    if shape.members and list(shape.members)[0] == local(root.tag) == "LocationConstraint":
        return []
    return xml_problems(shape.members[payload] if payload else shape, root, operation.name)


def resolved(value, outputs):
    if isinstance(value, list):
        return [resolved(item, outputs) for item in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return b"x" * value["$bytes"]
    if "$from" in value:
        found = outputs.get(value["$from"]) or {}
        for part in value["member"].split("."):
            found = found[int(part)] if isinstance(found, list) else found.get(part)
        return found
    return {name: resolved(item, outputs) for name, item in value.items()}


def make(endpoint, call):
    client = session.create_client(call["service"], endpoint_url=endpoint, config=config)
    model = client.meta.service_model
    operation = model.operation_model(call["operation"])
    raw = {}

    client.meta.events.register("before-parse", lambda **kwargs: raw.update(body=kwargs["response_dict"]["body"]))
    result = {"operation": f"{call['service']}:{call['operation']}", "error": None, "problems": [], "output": None}
    try:
        output = client._make_api_call(call["operation"], call["input"])
    except ClientError as error:
        result["error"] = error.response["Error"]["Code"]
        return result
    body = raw.get("body")
    result["problems"] = answer_problems(operation, model.resolved_protocol, body if isinstance(body, bytes) else b"")
    output.pop("ResponseMetadata", None)
    if hasattr(output.get("Body"), "read"):
        output["Body"] = output["Body"].read().decode()
    result["output"] = output
    return result


if __name__ == "__main__":
    results = []
    outputs = {}
    for call in json.loads(sys.argv[2]):
        results.append(make(sys.argv[1], {**call, "input": resolved(call["input"], outputs)}))
        outputs[call["operation"]] = results[-1]["output"]
    print(json.dumps(results, default=str))
