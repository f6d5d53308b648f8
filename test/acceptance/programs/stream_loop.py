"""The loop over raw events, as tutorials in Chinese show it: stream=True, and the text of each delta."""
from openai import OpenAI

client = OpenAI()
assistant = client.beta.assistants.create(
    name="客服",
    instructions="你是一个客服。",
    model="gpt-4o",
    tools=[
        {
            "type": "function",
            "function": {
                "name": "query_order",
                "description": "查询订单",
                "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]},
            },
        }
    ],
)
thread = client.beta.threads.create()
client.beta.threads.messages.create(thread_id=thread.id, role="user", content="我的订单ORD001到哪里了？")
stream = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id, stream=True)
text = ""
waiting = None
for event in stream:
    if event.event == "thread.message.delta":
        text += event.data.delta.content[0].text.value
    elif event.event == "thread.run.requires_action":
        waiting = event.data
assert waiting is not None and text == "", (waiting, text)
outputs = []
for call in waiting.required_action.submit_tool_outputs.tool_calls:
    assert call.function.name == "query_order", call
    outputs.append({"tool_call_id": call.id, "output": "已发货 SF123456"})
stream = client.beta.threads.runs.submit_tool_outputs(
    thread_id=thread.id, run_id=waiting.id, tool_outputs=outputs, stream=True
)
pieces = []
completed = False
for event in stream:
    if event.event == "thread.message.delta":
        pieces.append(event.data.delta.content[0].text.value)
    elif event.event == "thread.run.completed":
        completed = True
assert completed and len(pieces) > 3, pieces
assert "SF123456" in "".join(pieces), pieces
assert client.beta.threads.messages.list(thread.id).data[0].content[0].text.value == "".join(pieces)
print("ok")
