"""The only place that waits, paces, retries or opens a connection; and what keeps secrets out of every log.

Nothing is imported here on purpose: `client` pulls in httpx, which a command-line start must not pay for.
"""
