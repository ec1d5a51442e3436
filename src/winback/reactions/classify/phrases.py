"""Servers' words for why mail bounced; the first rule that matches decides.

Several servers each, as seen in the wild; the special stand before the general.
"""

from __future__ import annotations

from winback.reactions.classify.unknown import UNKNOWN_USER

PHRASES: list[tuple[str, str]] = [
    (  # Of the sender, or for a while only: never a verdict on the address.
        "rejected",
        r"invalid dns (?:mx|a\b)|badmailfrom|(?:banned|blocked) senders?\b"
        r"|(?:bounce|reply|reply-?to|envelope|from:?|postmaster|abuse) (?:e-?mail )?"
        r"address[^\n]{0,60}(?:not|unknown|invalid)"
        r"|5\.1\.[78](?!\d)|verify your|\byou(?:.re| are) not (?:an?|in|on|allowed) "
        r"|(?:отправител|відправник|absender|exp[ée]diteur|remitente|remetente|nadawc"
        r"|mittente|afzender|gönderen|فرستنده)[^\n]{0,30}"
        r"(?:не (?:найден|знайден|сущ|існ)"
        r"|unbekannt|nicht|invalide|inconnu|introuvable|no existe|não existe|ine[sx]ist"
        r"|nie istnieje|nieznan|sconosciut|onbekend|bulunamad|یافت نشد|وجود ندارد)"
        r"|(?<!\()\b(?:helo|ehlo)\b[^\n=]{0,60}(?:reject|invalid|unknown|not |must"
        r"|resolv)"
        r"|(?:invalid|unknown|bad|forged) (?:helo|ehlo)"
        r"|(?:sender|sending|from)[^\n]{0,30} must (?:exist|resolve)"
        r"|\byour (?:[\w-]{1,12} ){0,2}(?:domain|server|network|ip|mta)\b"
        r"[^\n]{0,60}(?:not exist|n.t exist|not found|unknown|resolve|invalid)",
    ),
    ("authfailure", r"\bdmarc\b|sender is unauthenticated"),
    (
        "networkerror",
        r"host\s+not\s+found,\s+try\s+again|host name lookup failure"
        r"|lookup failed temporarily|temporary (?:dns|name|lookup)"
        r"|(?:dns|lookup failure|name serv\w{2,4})[^\n]{0,60}(?:try again|temporar"
        r"|time(?:d )?-?out|servfail|server failure)"
        r"|server[^\n]{0,40}not found[^\n]{0,30}(?:try again|at the moment|temporar)",
    ),
    ("mailboxfull", r"mailbox is full: retry"),
    (
        "blocked",
        r"too many (?:\w{1,12} ){0,2}(?:unknown|invalid|bad|non-?existent) "
        r"|directory harvest|dictionary attack",
    ),
    (
        "systemerror",
        r"(?:database|ldap|directory) (?:error|lookup|is |not )[^\n]{0,30}"
        r"(?:error|fail|available|found|reach)|ldap error",
    ),
    ("contenterror", r"\bheaders?\b[^\n]{0,30}invalid|invalid[^\n]{0,30}\bheader"),
    (
        "userunknown",
        r"recipient address rejected: (?:user unknown|undeliverable)"
        r"|5\.4\.1[^\n]{0,40}recipient address rejected: access denied"
        r"|requested action not taken: mailbox unavailable"
        r"|5\.1\.1[ >:](?![^\n]{0,80}(?:quota|full|pleine))"
        r"[^\n]{0,80}(?:user|recipient|mailbox|does not exist)"
        r"|invalid final delivery userid|#5\.1\.0 address rejected"
        r"|recipient (?:name )?is not recognized|recipient(?:not|notfound|notfind)"
        r"|5\.1\.[016][ >:][^\n]{0,80}(?:recipient|address)[^\n]{0,30}reject"
        r"|5\.1\.10[ >:][^\n]{0,80}recipient",
    ),
    (
        "rejected",
        r"(?:sender|mail from|envelope-?from|return[- ]path|from[- ]address|from domain"
        r"|sending domain|originator)[^\n]{0,40}(?:not found|not exist|n.t exist"
        r"|unknown|not (?:an? )?(?:valid|known)|unresolv|resolv|unrout|invalid"
        r"|rejected|refused|denied|not allowed|verif)"
        r"|(?:invalid|unknown|unroutable|unrouteable|bad|rejected|forged|verify"
        r"|verification of) (?:sender|client|from|return[- ]path|mail from)"
        r"|sender was rejected|domain of sender",
    ),
    (
        "expired",
        r"message expired|(?:unable|could not|couldn.t"
        r"|not able) (?:to )?(?:be )?deliver"
        r"(?:ed)? (?:\w{1,20} ){0,3}(?:in|within|for|after) (?:\w{1,20} ){0,2}\d"
        r"|delivery (?:time ?out|expired|time expired)|retry time ?out exceeded"
        r"|(?:retry|queue) (?:time|limit|lifetime)[^\n]{0,20}(?:exceed|expire)"
        r"|maximum (?:retry|queue|time)[^\n]{0,20}exceed|(?:delivery|deliver\w{0,4})"
        r" (?:failed|attempted|attempts?:?) \d{1,3} (?:attempts|times)",
    ),
    ("hostunknown", r"5\.1\.2[ >:][^\n]{0,60}(?:host|domain) (?:unknown|not found)"),
    (
        "mailboxfull",
        r"mail ?box (?:is |size )?(?:over)?full|over ?quota|quota exceed"
        r"|exceed\w{0,5} (?:\w{1,20} ){0,4}(?:quota|storage|mailbox size)"
        r"|out of storage"
        r"|mailbox (?:has )?(?:exceeded|exceeds)|user is over the quota"
        r"|not enough (?:storage|disk) space (?:in|for) (?:the )?(?:mail|user)"
        r"|insufficient (?:disk|storage)|inbox is full|account is full"
        r"|user has too many messages|disk quota|bo[iî]te[^\n]{0,60}pleine"
        r"|maildir.{0,20}quota|message storage.{0,20}(?:exceed|full)"
        r"|quota (?:violation|exhausted|would be exceeded)|full mailbox"
        r"|mailfolder is full|box full|exceeded.{0,20}(?:space|limit).{0,20}mailbox"
        r"|recipient storage full|mailbox .{0,40}is full"
        r"|over (?:the )?(?:maximum|allowed) (?:mailbox|storage)"
        r"|(?:mail ?)?box space (?:is )?(?:not enough|full|exceed)|not enough space"
        r"|(?:mail ?box|inbox|storage|account) (?:size |storage )?(?:limit|quota)"
        r"[^\n]{0,20}(?:exceed|reach)"
        r"|(?:mail ?box|inbox|account)[^\n]{0,40}reached [^\n]{0,12}(?:quota|limit)"
        r"|zu ?viele (?:mails|nachrichten)"
        r"|postfach[^\n]{0,40}(?:\bvoll|überfüllt|ueberfuellt)"
        r"|buz[oó]n[^\n]{0,40}lleno|cas(?:ella|etta)[^\n]{0,40}piena"
        r"|skrzynka [^\n]{0,30}(?:pełna|pelna|przepełnion|przepelnion)"
        r"|posta kutusu[^\n]{0,20}dolu"
        r"|caixa (?:postal|de correio)[^\n]{0,40}cheia|postvak[^\n]{0,20} vol\b"
        r"|ящик[^\n]{0,40}перепол|скринька[^\n]{0,40}переповн|صندوق[^\n]{0,30}پر ",
    ),
    (
        "mesgtoobig",
        r"(?:message|mail|size).{0,30}(?:too (?:big|large)|exceeds (?:the"
        r" )?(?:maximum|fixed|limit|size))|exceeds? (?:\w{1,20} ){0,3}message size"
        r"|message length exceeds|max(?:imum)? message size"
        r"|(?:nachricht|mail)[^\n]{0,20}zu (?:gro(?:ß|ss)|umfangreich)"
        r"|message[^\n]{0,20}trop (?:volumineux|grand)"
        r"|mensaje[^\n]{0,30}demasiado grande"
        r"|wiadomość[^\n]{0,20}(?:za duż|zbyt duż)"
        r"|(?:размер (?:сообщения|письма)|розмір (?:повідомлення|листа))"
        r"[^\n]{0,20}(?:превы|перевищ)|сообщение слишком велико",
    ),
    (
        "hasmoved",
        r"has (?:been )?moved to (?:another|a new)|address (?:has )?changed to"
        r"|no longer (?:valid|in use).{0,40}new address|recipient has moved",
    ),
    (
        "virusdetected",
        r"virus (?:detected|found)|infected|contains? (?:a )?virus|malware",
    ),
    (
        "authfailure",
        r"dmarc|spf (?:check )?(?:fail|record|validation)|dkim.{0,30}(?:fail|sign)"
        r"|unauthenticated (?:e-?mail|mail)|authentication-?information"
        r"|sender policy framework|multiple authentication checks"
        r"|fails? (?:to pass )?authentication",
    ),
    (
        "requireptr",
        r"reverse (?:dns|lookup|hostname|mapping)|ptr (?:record|lookup|resource)|rdns"
        r"|unresolvable (?:ip|client)|cannot find your (?:reverse )?hostname"
        r"|(?:no|valid) ptr"
        r"|ip.{0,20}(?:does not|doesn't) (?:resolve|have)",
    ),
    (
        "spamdetected",
        r"(?:message|mail|content|e-?mail).{0,60}(?:spam|junk|unsolicited|bulk)"
        r"|spam (?:detected|message|content|score)|looks? like spam"
        r"|considered (?:as )?(?:spam|unsolicited)|classified as spam|rejected as spam"
        r"|spamassassin|identified as spam|\bube\b|\buce\b|\bdt:spm\b"
        r"|content (?:rejected|denied)",
    ),
    (
        "badreputation",
        r"reputation|user complaints|complaint rate",
    ),
    (
        "norelaying",
        r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed)"
        r"|prohibited)|unable to relay|not (?:allowed|permitted) to relay"
        r"|rcpthosts|we do not relay|no relaying|relay not permitted|relay denied"
        r"|insecure mail relay|(?:does not|doesn't|won't) relay|\bas a relay\b"
        r"|relaying to\s[^\n]{0,80}denied",
    ),
    (
        "speeding",
        r"rate ?limit|throttl|too (?:much|many) (?:mail|recipients)"
        r"|daily [^\n]{0,30}limit|send(?:ing)? limit|(?:ip|domain) frequency limit"
        r"|too (?:fast|many (?:messages|mails|recipients) (?:from|per|in))"
        r"|receiving mail (?:too quickly|at a rate)|please try again slower",
    ),
    ("policyviolation", r"\bgr[ea]y-?list|not accept delivery of this"),
    (
        "toomanyconn",
        r"too many (?:\w{1,20} )?(?:connections|sessions)|connection (?:rate|limit)"
        r"|concurrent connections|frequency limited",
    ),
    (
        "networkerror",
        r"connection (?:timed out|reset|lost|dropped|refused(?! (?:from|by|due|for)))"
        r"|network (?:is )?unreachable|no route to host|not responding"
        r"|connection died",
    ),
    (
        "blocked",
        r":blocked\)|^[45]\d\d (?:\d\.\d\.\d{1,3} )?blocked\b"
        r"|black ?list|block ?list|\brbl\b|dnsbl|spamhaus|spamcop|barracuda"
        r"|blocked (?:by|for|using|due)|has been blocked|is blocked"
        r"|access denied.{0,40}(?:ip|host|\d+\.\d+)"
        r"|\b(?:ip|client host|connection|host)\b.{0,60}(?:rejected|refused|denied"
        r"|blocked|banned)|connections? (?:not accepted|will not be accepted) from"
        r"|\b(?:ip|host|server)\b[^\n]{0,40} is (?:now )?listed"
        r"|bad (?:sender|reverse) ip|no access from mail server|client host rejected",
    ),
    (  # Sometimes said with "invalid mailbox" before it.
        "suspend",
        r"(?:account|mailbox|user) (?:is|has been) (?:temporarily |currently |now )?"
        r"(?:disabled|suspended|blocked|inactive|locked|deactivated|unavailable)",
    ),
    ("userunknown", UNKNOWN_USER),
    (
        "suspend",
        r"disabled recipient|(?:account|mailbox|user|recipient"
        r"|inbox)[^\n]{0,40}(?:disabled"
        r"|suspended|inactive|deactivated|locked|not active|expired|blocked|frozen"
        r"|discontinued)|(?:disabled|deactivated|suspended) (?:account|mailbox|user)"
        r"|temporarily disabled"
        r"|(?:konto|account|compte|cuenta|conta|hesap|postfach|casella|ящик|скриньк"
        r"|учетн|обліков)[^\n]{0,40}(?:zablokow|gesperrt|deaktiviert|d[ée]sactiv"
        r"|des?ativad|disattivat|askiya|заблок|отключ|вимкнен)"
        r"|has been (?:suspended|disabled|deactivated)|not accepting (?:mail|messages)"
        r"|mailbox (?:unavailable|temporarily)|inactive (?:user|account|mailbox)",
    ),
    (
        "hostunknown",
        r"(?:host|domain|name server|server)[^\n]{0,40}(?:unknown|not found|does not"
        r" exist|doesn'?t exist|no such|cannot be found|not known|lookup failure"
        r"|couldn'?t be found|could not be found|invalid domain|never logged)"
        r"|unknown (?:host|domain)|no such (?:host|domain)|couldn'?t find any host"
        r"|nxdomain|unrouteable address|domain is not reachable"
        r"|bad destination (?:host|system)|unrouteable mail domain"
        r"|illegal host/domain|no (?:mx|a) (?:record|or)|no address associated"
        r"|domain name (?:not|does)|name or service not known|no route found"
        r"|all relevant mx records|domain (?:must|is not (?:found|known|valid|local"
        r"|hosted|registered|reachable|configured|here|one of|in ))"
        r"|address lookup (?:failed|error)|can.?t find any host named",
    ),
    (
        "notaccept",
        r"(?:does not|doesn'?t|not) accept(?:s|ing)? (?:any )?(?:mail|e-?mail"
        r"|message)s?\b(?! (?:from|by|via|of|that|which|with|in|for|over|larger)\b)"
        r"|null ?mx|indicated no smtp service|host/domain does not accept"
        r"|no mx (?:found|host)|domain (?:name )?does(?: not|n.t) (?:receive|accept)"
        r"|smtp protocol returned a permanent error|server does not accept mail",
    ),
    (
        "failedstarttls",
        r"starttls|(?:tls|ssl) (?:required|negotiation|handshake|is required"
        r"|connection)"
        r"|(?:support|require|without|use|must|offer)\w{0,4} (?:tls|ssl)\b",
    ),
    (
        "syntaxerror",
        r"unknown command|bad sequence"
        r"|(?:syntax|command) (?:error|unrecognized|not recognized|not implemented)",
    ),
    (
        "networkerror",
        r"points? (?:back )?to (?:the )?local host|host address is the local host"
        r"|mail loop|loop(?:s|ing)? (?:back|detected)|too many hops|hop count"
        r"|routing loop|connection (?:timed out|refused|reset|lost|dropped)"
        r"|network (?:is )?unreachable|no route to host"
        r"|host (?:is )?(?:unreachable|down)|dns (?:error|failure|lookup|server)"
        r"|could not connect|couldn'?t connect|wasn'?t able to establish"
        r"|unable to (?:connect|contact)|loops back|host name lookup"
        r"|temporary (?:dns|lookup)|name server (?:timeout|:.{0,20}host not)"
        r"|lost connection",
    ),
    (
        "expired",
        r"retry time(?:out)?|delivery (?:time ?out|expired|time expired)"
        r"|retries? (?:has |have )?(?:exceed|exhaust)"
        r"|could not be delivered (?:for|within|in) "
        r"|not (?:been )?delivered (?:for|within|after|yet|to)|timed? ?out"
        r"|undelivered (?:for|after)|expired|queue(?:d)? (?:for )?too long"
        r"|unable to deliver .{0,40}(?:for|after) \d+|message delivery delayed"
        r"|delay(?:ed)?|still being retried|retry until"
        r"|(?:will|continue to) (?:keep )?(?:be )?(?:try|retr)|giving up on"
        r"|last attempt|hosts? (?:for \S{1,260} )?ha(?:ve|s) been failing",
    ),
    (
        "systemfull",
        r"no space left|disk full|insufficient system (?:storage|resources)"
        r"|mail system full",
    ),
    (
        "contenterror",
        r"header error|(?:header|mime|content|attachment)[^\n]{0,40}(?:rejected|error"
        r"|invalid|not"
        r" (?:allowed|permitted))|conversion (?:required|with loss|not)|8-?bit",
    ),
    (
        "rejected",
        r"(?:sender|return path|mail from|envelope)[^\n]{0,60}(?:rejected|denied"
        r"|refused|invalid|not exist|unknown|verify)|rejected sender|cannot verify"
        r"|domain of sender|access denied",
    ),
    (
        "policyviolation",
        r"polic(?:y|ies)|prohibit|not permitted|violat|not allowed"
        r"|rejected (?:for|due)",
    ),
    (
        "securityerror",
        r"security|authentication (?:is )?(?:required|failed)|not authori[sz]ed"
        r"|permission denied",
    ),
    ("spamdetected", r"\bspam|unsolicited|bulk (?:e-?)?mail"),
    (
        "filtered",
        r"filter(?:ed)?|refused|rejected|not deliver|denied|not want",
    ),
    (
        "systemerror",
        r"system (?:error|problem)|internal (?:server )?error"
        r"|server (?:error|configuration)|local (?:configuration|error|problem)"
        r"|can'?t create|service (?:currently )?unavailable"
        r"|temporar(?:y|ily) (?:failure|error|unavailable|deferred)|try again later",
    ),
    (
        "mailererror",
        r"(?:unknown )?mailer error|command (?:died|exited|failed|line)"
        r"|exit (?:status|code)|pipe",
    ),
]
