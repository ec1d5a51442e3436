"""Which networks hits come from: mail gateways, data centres, or anywhere else.

Only the visitor's /24 or /48 is kept, so that is all there is to judge by.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Iterable
from functools import lru_cache

import iporigin

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Own networks of services that check mail before people get it, from what these
# vendors tell customers to let in. Nobody reads mail from there. Services through
# which people also browse (Zscaler, Forcepoint's cloud) are left out.
GATEWAYS = (
    # Proofpoint (AS26211, AS22843, AS52129)
    *("67.231.144.0/20", "148.163.128.0/19", "205.220.160.0/19", "62.209.50.0/23"),
    *("91.207.212.0/23", "91.209.104.0/24", "185.132.180.0/22", "185.183.28.0/22"),
    # Mimecast (AS30031, AS39588, AS33538)
    *("170.10.128.0/22", "170.10.132.0/23", "205.139.110.0/23", "207.211.30.0/23"),
    *("216.205.24.0/24", "63.128.21.0/24", "91.220.42.0/24", "146.101.78.0/24"),
    *("185.58.84.0/22", "195.130.217.0/24", "51.163.158.0/23", "194.104.109.0/24"),
    # Barracuda (AS15324)
    *("209.222.80.0/21", "64.235.144.0/20"),
    # Exchange Online Protection, number 10 of Microsoft 365's published endpoints
    *("40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"),
    # Symantec (MessageLabs)
    *("67.219.240.0/20", "85.158.136.0/21", "95.131.104.0/21", "46.226.48.0/21"),
    *("117.120.16.0/21", "193.109.254.0/23", "194.106.220.0/23", "195.245.230.0/23"),
    *("103.9.96.0/22", "216.82.240.0/20"),
)
# Of iporigin's providers those that rent computers and nothing else, by their own
# published lists. Carriers with customers of flesh and blood (Cogent), relays and
# networks of delivery (Cloudflare, Apple) are not asked for.
CLOUDS = frozenset(
    {
        *("Alibaba Cloud", "Amazon AWS", "DigitalOcean", "Google Cloud", "Hetzner"),
        *("IBM Cloud", "Linode", "Microsoft Azure", "Oracle Cloud", "OVHcloud"),
        *("Scaleway", "Tencent Cloud", "UpCloud", "Vultr"),
    }
)


class Place(enum.StrEnum):
    GATEWAY = "gateway"
    DATA_CENTRE = "data_centre"
    ELSEWHERE = "elsewhere"


class Networks:
    """What is known of networks, with what the administrator says about some.

    ``machines`` are networks that only programs come from, ``people`` those whose
    visitors are judged by all else; both are written like ``192.0.2.0/24``. The
    administrator's word goes before ours. Raises ValueError for one that is none.
    """

    def __init__(self, machines: Iterable[str] = (), people: Iterable[str] = ()):
        self._people = [ipaddress.ip_network(text) for text in people]
        own = [ipaddress.ip_network(text) for text in machines]
        self._gateways = [*own, *(ipaddress.ip_network(text) for text in GATEWAYS)]
        # Mailings are read from few networks; 4,096 of them take a megabyte.
        self.place_of = lru_cache(maxsize=4096)(self._place_of)

    def _place_of(self, prefix: str) -> Place:
        """Where a visitor's shortened network lies. Anything else is ELSEWHERE."""
        try:
            network = ipaddress.ip_network(prefix)
        except ValueError:
            return Place.ELSEWHERE
        if _lies_in(network, self._people):
            return Place.ELSEWHERE
        if _lies_in(network, self._gateways):
            return Place.GATEWAY
        if iporigin.classify(network.network_address).provider in CLOUDS:
            return Place.DATA_CENTRE
        return Place.ELSEWHERE


def _lies_in(network: Network, wider: Iterable[Network]) -> bool:
    first, last = int(network.network_address), int(network.broadcast_address)
    return any(
        one.version == network.version
        and int(one.network_address) <= first
        and last <= int(one.broadcast_address)
        for one in wider
    )
