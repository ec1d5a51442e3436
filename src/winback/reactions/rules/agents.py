"""Which programs fetch images and links without a person asking for them."""

from __future__ import annotations

import re
from functools import lru_cache

import crawleruseragents

# Services that fetch a mail's images for the reader's mail program, read or not.
# Apple Mail Privacy Protection names itself "Mozilla/5.0" and nothing more.
IMAGE_PROXIES = re.compile(
    r"GoogleImageProxy|ggpht\.com|YahooMailProxy|YahooCacheSystem|EmailProxy/"
    r"|Mail\.RU_Bot/Img|^HEY/|^Mozilla/5\.0$|^Mozilla/5\.0 \(\)?$|OutlookImageProxy"
    r"|DuckDuckGo-Image-Proxy|ProtonMail-?Proxy|FastmailImageProxy",
    re.IGNORECASE,
)
# Of these, who fetches at the moment that somebody looks, and not before: their
# hit is no proof of who it was, but of that there was somebody.
PROXIES_OF_READERS = re.compile(
    r"GoogleImageProxy|ggpht\.com|YahooMailProxy|YahooCacheSystem|EmailProxy/"
    r"|Mail\.RU_Bot/Img|OutlookImageProxy|FastmailImageProxy",
    re.IGNORECASE,
)
# Programs that crawler-user-agents does not list: mail gateways, link checkers
# and bare HTTP libraries. Our own observation and vendors' documentation.
SCANNERS = re.compile(
    r"Barracuda|Existence Discovery|HubSpot|Amazon CloudFront|lua-resty|ngx_lua"
    r"|dataaccessd|Proofpoint|Mimecast|SafeLinks|FireEye|Symantec|Cloudmark"
    r"|Trend ?Micro|Sophos|Forcepoint|Cisco-?IronPort|MessageLabs|Zscaler"
    r"|LinkPreview|link-?check|^Java/|^okhttp|^Dalvik/\S+$"
    r"|\b(?:aiohttp|httpx|urllib|libwww|curl|wget|guzzle|axios|node-fetch|Go-http-client"
    r"|python-requests|Apache-HttpClient|PhantomJS|HeadlessChrome)\b",
    re.IGNORECASE,
)
READERS = re.compile(
    r"^Mozilla/|^Opera/|Outlook|Thunderbird|Lotus-?Notes|AppleMail|^Mail/"
    r"|eM ?Client|Airmail|Spark|K-?9|Evolution|KMail|The Bat|MailMate|Postbox",
    re.IGNORECASE,
)


def is_image_proxy(user_agent: str) -> bool:
    """Whether a mail service's proxy fetched the image, not the reader."""
    return IMAGE_PROXIES.search(user_agent) is not None


def is_proxy_of_a_reader(user_agent: str) -> bool:
    """Whether this proxy fetches only when a person looks at the mail."""
    return PROXIES_OF_READERS.search(user_agent) is not None


@lru_cache(maxsize=4096)
def is_scanner(user_agent: str) -> bool:
    """Whether a known machine asked: crawler-user-agents, then our own list."""
    return (
        SCANNERS.search(user_agent) is not None
        or crawleruseragents.is_crawler(user_agent) is True
    )


def is_reader(user_agent: str) -> bool:
    """Whether this looks like a browser or mail program that people use."""
    return READERS.search(user_agent) is not None
