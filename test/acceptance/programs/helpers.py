"""The SDK's own helpers: polling, pages that turn themselves, typed errors, both ways to delete."""
import openai
from openai import OpenAI

client = OpenAI()

tool = {"type": "function", "function": {"name": "query_order", "parameters": {"type": "object", "properties": {}}}}
assistant = client.beta.assistants.create(model="gpt-4o", tools=[tool], metadata={"made_by": "helpers"})
assert client.beta.assistants.update(assistant.id, description="d").description == "d"
assert client.beta.assistants.retrieve(assistant.id).tools[0].function.name == "query_order"

thread = client.beta.threads.create(messages=[{"role": "user", "content": "Go"}])
run = client.beta.threads.runs.create_and_poll(
    thread_id=thread.id, assistant_id=assistant.id, tool_choice="required", poll_interval_ms=100
)
assert run.status == "requires_action", run
calls = run.required_action.submit_tool_outputs.tool_calls
run = client.beta.threads.runs.submit_tool_outputs_and_poll(
    thread_id=thread.id, run_id=run.id, tool_outputs=[{"tool_call_id": call.id, "output": "found"} for call in calls]
)
assert run.status == "completed" and run.expires_at is None and run.required_action is None, run
assert client.beta.threads.runs.update(thread_id=thread.id, run_id=run.id, metadata={"k": "v"}).metadata == {"k": "v"}
assert [r.id for r in client.beta.threads.runs.list(thread_id=thread.id)] == [run.id]
both = client.beta.threads.create_and_run_poll(
    assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "Hi"}]}, tool_choice="none"
)
assert both.status == "completed", both

for number in range(7):
    client.beta.threads.messages.create(thread_id=thread.id, role="user", content=str(number))
texts = [message.content[0].text.value for message in client.beta.threads.messages.list(thread_id=thread.id, limit=2)]
assert texts[:7] == ["6", "5", "4", "3", "2", "1", "0"] and texts[-1] == "Go", texts

try:
    client.beta.threads.retrieve("thread_none")
    raise AssertionError("found what is not there")
except openai.NotFoundError as error:
    assert "No thread found with id 'thread_none'." in error.message, error.message
try:
    client.beta.threads.messages.create(thread_id=thread.id, role="user", content="x", metadata={"a": 1})
    raise AssertionError("took metadata that is no text")
except openai.BadRequestError as error:
    assert error.param == "metadata.a" and error.code == "invalid_type", error

assert client.beta.threads.delete(thread.id).deleted
assert client.beta.assistants.delete(assistant.id).deleted
print("ok")
