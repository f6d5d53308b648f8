"""A streamed run with an event handler, and a tool round from within it, as the quickstart of streaming showed."""
from openai import AssistantEventHandler, OpenAI

client = OpenAI()
tool = {
    "type": "function",
    "function": {
        "name": "query_order",
        "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]},
    },
}
assistant = client.beta.assistants.create(model="gpt-4o", tools=[tool])
seen: list[str] = []


class EventHandler(AssistantEventHandler):
    def on_event(self, event):
        seen.append(event.event)
        if event.event == "thread.run.requires_action":
            self.submit(event.data)

    def on_text_created(self, text):
        seen.append("text created")

    def on_text_delta(self, delta, snapshot):
        assert snapshot.value.endswith(delta.value), (delta, snapshot)

    def on_text_done(self, text):
        seen.append(text.value)

    def on_message_done(self, message):
        assert message.status == "completed", message

    def on_tool_call_created(self, tool_call):
        assert tool_call.type == "function" and tool_call.function.name == "query_order", tool_call

    def on_tool_call_delta(self, delta, snapshot):
        assert snapshot.id.startswith("call_") and len(snapshot.id) == 29, snapshot

    def on_tool_call_done(self, tool_call):
        seen.append(tool_call.function.arguments)

    def on_exception(self, exception):
        raise exception

    def submit(self, run):
        calls = run.required_action.submit_tool_outputs.tool_calls
        outputs = [{"tool_call_id": call.id, "output": "shipped"} for call in calls]
        with client.beta.threads.runs.submit_tool_outputs_stream(
            thread_id=run.thread_id, run_id=run.id, tool_outputs=outputs, event_handler=EventHandler()
        ) as stream:
            stream.until_done()


# A plain answer.
thread = client.beta.threads.create(messages=[{"role": "user", "content": "How do you do?"}])
with client.beta.threads.runs.stream(
    thread_id=thread.id, assistant_id=assistant.id, event_handler=EventHandler()
) as stream:
    stream.until_done()
assert stream.get_final_run().status == "completed"
assert seen[0] == "thread.run.created" and seen[-1] == "thread.run.completed", seen
assert any("How do you do?" in entry for entry in seen), seen
final = stream.get_final_messages()
assert [message.id for message in final] == [client.beta.threads.messages.list(thread.id).data[0].id]

# A tool round.
seen.clear()
thread = client.beta.threads.create(messages=[{"role": "user", "content": "Where is my order ORD001?"}])
with client.beta.threads.runs.stream(
    thread_id=thread.id, assistant_id=assistant.id, event_handler=EventHandler()
) as stream:
    stream.until_done()
assert '{"order_id":"ORD001"}' in seen, seen
assert "thread.run.completed" in seen, seen
answer = client.beta.threads.messages.list(thread.id).data[0].content[0].text.value
assert "shipped" in answer and answer in seen, (answer, seen)

# Without a handler: the deltas of the text alone.
thread = client.beta.threads.create(messages=[{"role": "user", "content": "And you?"}])
with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
    text = "".join(stream.text_deltas)
assert "And you?" in text, text
with client.beta.threads.create_and_run_stream(
    assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "Both at once"}]}
) as stream:
    stream.until_done()
assert stream.get_final_run().status == "completed"
print("ok")
