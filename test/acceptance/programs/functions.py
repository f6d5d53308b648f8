"""Function calls answered by hand, round after round, several at once."""
import json
import time

from openai import OpenAI

client = OpenAI()


def function(name, parameter):
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Knows about {parameter}",
            "parameters": {"type": "object", "properties": {parameter: {"type": "string"}}, "required": [parameter]},
        },
    }


def query_order(order_id):
    return json.dumps({"order": order_id, "status": "shipped"})


def check_inventory(product_id):
    return json.dumps({"product": product_id, "left": 7})


FUNCTIONS = {"query_order": query_order, "check_inventory": check_inventory}
assistant = client.beta.assistants.create(
    model="gpt-4o", tools=[function("query_order", "order_id"), function("check_inventory", "product_id")]
)
thread = client.beta.threads.create(
    messages=[{"role": "user", "content": "Where is order ORD001, and is PROD001 in stock?"}]
)
run = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id)
called = []
deadline = time.time() + 30
while time.time() < deadline:
    run = client.beta.threads.runs.retrieve(thread_id=thread.id, run_id=run.id)
    if run.status == "requires_action":
        outputs = []
        for call in run.required_action.submit_tool_outputs.tool_calls:
            arguments = json.loads(call.function.arguments)
            called.append(call.function.name)
            outputs.append({"tool_call_id": call.id, "output": FUNCTIONS[call.function.name](**arguments)})
        run = client.beta.threads.runs.submit_tool_outputs(thread_id=thread.id, run_id=run.id, tool_outputs=outputs)
    elif run.status in ("completed", "failed", "cancelled", "expired", "incomplete"):
        break
    else:
        time.sleep(0.2)
assert run.status == "completed", run
assert sorted(called) == ["check_inventory", "query_order"], called

steps = client.beta.threads.runs.steps.list(thread_id=thread.id, run_id=run.id, order="asc")
assert [step.type for step in steps.data] == ["tool_calls", "message_creation"], steps
outputs = [call.function.output for call in steps.data[0].step_details.tool_calls]
assert all(json.loads(output) for output in outputs), outputs
answer = client.beta.threads.messages.list(thread_id=thread.id, limit=1).data[0].content[0].text.value
assert "shipped" in answer and "7" in answer, answer
print("ok")
