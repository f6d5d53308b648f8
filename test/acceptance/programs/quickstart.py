"""The loop that most first programs have: create, ask, look every half second, read."""
import time

from openai import OpenAI

client = OpenAI()

assistant = client.beta.assistants.create(name="Tutor", instructions="Answer in one sentence.", model="gpt-4o")
thread = client.beta.threads.create()
client.beta.threads.messages.create(thread_id=thread.id, role="user", content="What is a prime number?")
run = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id)
while run.status in ("queued", "in_progress"):
    time.sleep(0.5)
    run = client.beta.threads.runs.retrieve(thread_id=thread.id, run_id=run.id)
assert run.status == "completed", run
assert run.usage.total_tokens == run.usage.prompt_tokens + run.usage.completion_tokens, run.usage

messages = client.beta.threads.messages.list(thread_id=thread.id)
assert [message.role for message in messages.data] == ["assistant", "user"], messages
assert messages.data[0].content[0].type == "text"
assert "What is a prime number?" in messages.data[1].content[0].text.value
print("ok")
