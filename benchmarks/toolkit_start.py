"""The process whose start benchmarks.toolkit measures, run by its path: python -P toolkit_start.py PEER URL.

It imports nothing but what a user's script of these lines would, and needs no other file of this folder.
"""

import sys
import time


def ours(url: str) -> str:
    from hana_ai.api.together_ai import get_together_ai_client

    client = get_together_ai_client(api_key="invented-key", base_url=f"{url}/v1")
    return str(client.generate_chat_completion("Which pump leaks?", model="one", max_tokens=4))


def together(url: str) -> str:
    from together import Together

    client = Together(base_url=url, api_key="invented-key")
    asked = [{"role": "user", "content": "Which pump leaks?"}]
    return str(client.chat.completions.create(model="plain", messages=asked).choices[0].message.content)


if __name__ == "__main__":
    text = {"ours": ours, "together": together}[sys.argv[1]](sys.argv[2])
    sys.stdout.write(f"{time.monotonic_ns()} {time.process_time_ns()} {text}")
