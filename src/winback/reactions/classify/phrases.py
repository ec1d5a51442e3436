"""Servers' words for why mail bounced; the first rule that matches decides.

Several servers each, as seen in the wild; the special stand before the general.
"""

from __future__ import annotations

PHRASES: list[tuple[str, str]] = [
    (
        "userunknown",
        r"recipient address rejected: (?:user unknown|undeliverable)"
        r"|5\.4\.1[^\n]{0,40}recipient address rejected: access denied"
        r"|requested action not taken: mailbox unavailable"
        r"|5\.1\.1[ >:][^\n]{0,80}(?:user|recipient|mailbox|does not exist)"
        r"|invalid final delivery userid|#5\.1\.0 address rejected"
        r"|recipient (?:name )?is not recognized|recipient(?:not|notfound|notfind)"
        r"|5\.1\.[016][ >:][^\n]{0,80}(?:recipient|address)[^\n]{0,30}reject"
        r"|5\.1\.10[ >:][^\n]{0,80}recipient",
    ),
    (
        "rejected",
        r"(?:sender|mail from|envelope-?from|return[- ]path|from[- ]address|from domain"
        r"|sending domain|originator)[^\n]{0,40}(?:not found|not exist|n.t exist"
        r"|unknown|unresolv|resolv|unrout|invalid|rejected|refused|denied|not allowed"
        r"|verif)|(?:invalid|unknown|unroutable|unrouteable|bad|rejected|forged|verify"
        r"|verification of) (?:sender|from|return[- ]path|mail from)"
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
        r"|user has too many messages|disk quota|boîte.{0,20}pleine"
        r"|maildir.{0,20}quota|message storage.{0,20}(?:exceed|full)"
        r"|quota (?:violation|exhausted|would be exceeded)|full mailbox"
        r"|mailfolder is full|box full|exceeded.{0,20}(?:space|limit).{0,20}mailbox"
        r"|recipient storage full|mailbox .{0,40}is full"
        r"|over (?:the )?(?:maximum|allowed) (?:mailbox|storage)"
        r"|(?:mail ?)?box space (?:is )?(?:not enough|full|exceed)|not enough space"
        r"|(?:mail ?box|inbox|storage|account) (?:size |storage )?(?:limit|quota)"
        r"[^\n]{0,20}(?:exceed|reach)"
        r"|zu ?viele (?:mails|nachrichten)"
        r"|postfach (?:ist )?(?:voll|überfüllt|ueberfuellt)"
        r"|buz[oó]n (?:est[aá] )?lleno|cas(?:ella|etta) (?:è )?piena"
        r"|skrzynka [^\n]{0,30}(?:pełna|pelna|przepełnion|przepelnion)"
        r"|ящик[^\n]{0,40}перепол|скринька[^\n]{0,40}переповн|صندوق[^\n]{0,30}پر ",
    ),
    (
        "mesgtoobig",
        r"(?:message|mail|size).{0,30}(?:too (?:big|large)|exceeds (?:the"
        r" )?(?:maximum|fixed|limit|size))|exceeds? (?:\w{1,20} ){0,3}message size"
        r"|message length exceeds|max(?:imum)? message size",
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
        r"|unauthenticated (?:email|mail)|authentication-?information"
        r"|sender policy framework|multiple authentication checks"
        r"|fails? (?:to pass )?authentication",
    ),
    (
        "requireptr",
        r"reverse (?:dns|lookup|hostname|mapping)|ptr (?:record|lookup|resource)|rdns"
        r"|unresolvable (?:ip|client)|cannot find your (?:reverse )?hostname|no ptr"
        r"|ip.{0,20}(?:does not|doesn't) (?:resolve|have)",
    ),
    (
        "spamdetected",
        r"(?:message|mail|content|e-?mail).{0,60}(?:spam|junk|unsolicited|bulk)"
        r"|spam (?:detected|message|content|score)|looks? like spam"
        r"|considered (?:as )?(?:spam|unsolicited)|classified as spam|rejected as spam"
        r"|spamassassin|identified as spam|\bube\b|\buce\b|content rejected",
    ),
    (
        "badreputation",
        r"reputation",
    ),
    (
        "norelaying",
        r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed)"
        r"|prohibited)|unable to relay|not (?:allowed|permitted) to relay"
        r"|rcpthosts|we do not relay|no relaying|relay not permitted|relay denied"
        r"|insecure mail relay",
    ),
    (
        "speeding",
        r"rate ?limit|throttl"
        r"|too (?:fast|many (?:messages|mails|recipients) (?:from|per|in))"
        r"|receiving mail (?:too quickly|at a rate)|please try again slower",
    ),
    (
        "toomanyconn",
        r"too many (?:\w{1,20} )?(?:connections|sessions)|connection (?:rate|limit)"
        r"|concurrent connections|frequency limited",
    ),
    (
        "networkerror",
        r"connection (?:timed out|reset|lost|dropped|refused(?! (?:from|by|due|for)))"
        r"|network (?:is )?unreachable|no route to host",
    ),
    (
        "blocked",
        r"black ?list|block ?list|\brbl\b|dnsbl|spamhaus|spamcop|barracuda"
        r"|blocked (?:by|for|using|due)|has been blocked|is blocked"
        r"|access denied.{0,40}(?:ip|host|\d+\.\d+)"
        r"|\b(?:ip|client host|connection|host)\b.{0,60}(?:rejected|refused|denied"
        r"|blocked|banned)|connections? (?:not accepted|will not be accepted) from"
        r"|\b(?:ip|host|server)\b[^\n]{0,40} is (?:now )?listed"
        r"|bad (?:sender|reverse) ip|no access from mail server|client host rejected",
    ),
    (  # Sometimes said with "invalid mailbox" before it.
        "suspend",
        r"(?:account|mailbox|user) is (?:temporarily |currently |now )?(?:disabled"
        r"|suspended|blocked|inactive|locked|deactivated|unavailable)",
    ),
    (
        "userunknown",
        r"user(?: is)? (?:un|not )known"
        r"|unknown (?:user|recipient|local|account|mailbox|address|local-?part|or"
        r" illegal)|no such (?:user|recipient|mailbox|person|account|address|local)"
        r"|user (?:not found|doesn'?t exist|does not exist|unbekannt|inconnu)"
        r"|(?:recipient|address|account|mailbox|e-?mail)[^\n]{0,60}(?:does not"
        r"|doesn'?t|not) exist"
        r"|user not (?:known|found)|address is wrong or no longer valid"
        r"|recip(?:ient)?notfound|address (?:is )?invalid|no longer accepts mail"
        r"|(?:employee|person|staff)[^\n]{0,20} no longer (?:works|employed|with)"
        r"|recipient (?:not found|unknown|is not found|name is not recognized|no"
        r" longer)|mailbox (?:not found|unavailable or|unknown|does not|doesn'?t)"
        r"|no mail ?box (?:here |is )?(?:by that name|found|available|exists|for)"
        r"|(?:does not|doesn'?t) have an? \S{1,60} account|dosn'?t exist"
        r"|mailbox[^\n]{0,40}(?:not found|unknown|invalid)"
        r"|invalid (?:recipient|mailbox|address|user|local)"
        r"|recipient (?:address )?rejected: (?:user|unknown|undeliverable|no such"
        r"|invalid)|not a (?:valid|known) (?:user|mailbox|recipient|address)"
        r"|not (?:listed in|our customer|found in).{0,30}(?:directory|address book"
        r"|name)|account.{0,30}(?:not found|closed|deleted|terminated)"
        r"|addressee unknown|address (?:unknown|is unknown|not found|error)"
        r"|bad (?:destination|recipient|mailbox) address|nobody by that name"
        r"|can'?t (?:find|verify) (?:user|recipient)|is not (?:a )?known"
        r"|no (?:valid|existing) (?:recipient|mailbox)|no account by that name"
        r"|there is no .{0,20}(?:user|mailbox|account)|unbekannter (?:benutzer|empf)"
        r"|(?:empf(?:ä|ae)nger|benutzer|adresse|postfach)[^\n]{0,40}(?:existiert nicht"
        r"|unbekannt|nicht (?:bekannt|gefunden|vorhanden))"
        r"|(?:destinataire|utilisateur|adresse|bo[iî]te)[^\n]{0,60}(?:inconnue?|invalide"
        r"|inexistante?|n.existe pas)"
        r"|(?:usuario|destinatario|direcci[oó]n|buz[oó]n|cuenta|utente|casella"
        r"|indirizzo)[^\n]{0,60}(?:no existe|inexistente|desconocid|no encontrad"
        r"|sconosciut|non esiste)"
        r"|(?:konto|odbiorca|adres|skrzynka|u[zż]ytkownik\w{0,2})[^\n]{0,60}"
        r"nie istnieje"
        r"|nie ma takie(?:go|j) (?:u[zż]ytkownika|adresu|konta|skrzynki)"
        r"|(?:пользовател|ящик|адрес|получател|учетн)[^\n]{0,60}не (?:найден"
        r"|существует)|нет так\w{2,3} (?:пользовател|ящика|адрес|получател|учетн)"
        r"|(?:користувач|скриньк|адрес|одержувач|отримувач)[^\n]{0,60}не (?:знайден"
        r"|існує)|(?:немає|нема) так\w{2,3} (?:користувач|скриньк|адрес)"
        r"|(?:کاربر|گیرنده|نشانی|آدرس)[^\n]{0,60}(?:وجود ندارد|یافت نشد|ناشناخته)"
        r"|user \S+ (?:not|does not|is unknown)|unknown to"
        r"|user (?:has|does)(?: not|n'?t) (?:have )?an? account"
        r"|isn'?t (?:a )?(?:user|here|active|known)|said: 55[01][^\n]{0,80}user"
        r"|undeliverable address|no user"
        r"|user[^\n]{0,30}(?:unknown|not listed|no longer)",
    ),
    (
        "suspend",
        r"disabled recipient|(?:account|mailbox|user|recipient"
        r"|inbox)[^\n]{0,40}(?:disabled"
        r"|suspended|inactive|deactivated|locked|not active|expired|blocked|frozen"
        r"|discontinued)|(?:disabled|deactivated|suspended) (?:account|mailbox|user)"
        r"|temporarily disabled"
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
        r"|message)s?|null ?mx|host/domain does not accept"
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
        r"(?:syntax|command) (?:error|unrecognized|not recognized|not implemented)",
    ),
    (
        "networkerror",
        r"mail loop|loop(?:s|ing)? (?:back|detected)|too many hops|hop count"
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
        r"polic(?:y|ies)|prohibited|not permitted|violat|not allowed"
        r"|rejected (?:for|due)",
    ),
    (
        "securityerror",
        r"security|authentication (?:required|failed)|not authori[sz]ed"
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
