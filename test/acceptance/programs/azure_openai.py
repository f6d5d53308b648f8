"""A program on Azure: the SDK's own client, an endpoint, a key and an API version from the environment."""
from openai import AzureOpenAI

client = AzureOpenAI(api_version="2024-05-01-preview")
assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
thread = client.beta.threads.create()
client.beta.threads.messages.create(thread_id=thread.id, role="user", content="hello")
run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
assert run.status == "completed" and run.truncation_strategy.type == "auto", run
texts = [message.content[0].text.value for message in client.beta.threads.messages.list(thread.id)]
assert len(texts) == 2, texts
with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
    assert "".join(stream.text_deltas), stream
chat = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])
assert chat.choices[0].message.content, chat
pieces = [
    chunk.choices[0].delta.content
    for chunk in client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "one two"}], stream=True)
    if chunk.choices
]
assert len([piece for piece in pieces if piece]) > 3, pieces
assert client.beta.assistants.delete(assistant.id).deleted
print("ok")
