from __future__ import annotations

import pytest

from winback.core.visitors import client_address


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("127.0.0.1", "6.6.6.6, 8.8.4.4", "8.8.4.4"),
        ("8.8.8.8", "6.6.6.6", "8.8.8.8"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("", "", ""),
        ("127.0.0.1", "8.8.4.4, unknown", "127.0.0.1"),
        ("127.0.0.1", "fe80::1%\n", "127.0.0.1"),
        ("127.0.0.1", "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_client_address_believes_only_a_proxy_of_our_own(remote, forwarded, client):
    assert client_address(remote, forwarded) == client
