"""Semantic Kernel's OpenAIAssistantAgent: with a plugin, at once and streamed."""
import asyncio

from openai import AsyncOpenAI
from semantic_kernel.agents import AssistantAgentThread, OpenAIAssistantAgent
from semantic_kernel.functions import kernel_function


class Orders:
    calls: list[str] = []

    @kernel_function(description="Look up an order.")
    def query_order(self, order_id: str) -> str:
        self.calls.append(order_id)
        return f"{order_id} has shipped"


async def main() -> None:
    client = AsyncOpenAI()
    definition = await client.beta.assistants.create(model="gpt-4o", name="Shop", instructions="Help.")
    agent = OpenAIAssistantAgent(client=client, definition=definition, plugins=[Orders()])
    thread = AssistantAgentThread(client=client)

    answer = await agent.get_response(messages="How do you do?", thread=thread)
    assert "How do you do?" in str(answer.message), answer.message
    answer = await agent.get_response(messages="Where is ORD001?", thread=thread)
    assert Orders.calls == ["ORD001"], Orders.calls
    assert "ORD001 has shipped" in str(answer.message), answer.message

    pieces = []
    async for response in agent.invoke_stream(messages="And ORD002?", thread=thread):
        pieces.append(str(response.message))
    assert Orders.calls == ["ORD001", "ORD002"], Orders.calls
    assert "ORD002 has shipped" in "".join(pieces) and len([piece for piece in pieces if piece]) > 2, pieces

    await thread.delete()
    await client.beta.assistants.delete(agent.id)
    print("ok")


asyncio.run(main())
