//! What the catalog says about rows beside what the list says: shorter words for Microsoft's notes, remarks, and what
//! was found out about one answer by hand.

/// Notes as Microsoft words them, and as the catalog does; a note that is none of these is taken as it is. Empty: the
/// row's group or a remark says it.
pub const NOTES: &[(&str, &str)] = &[
    ("POP3, IMAP4, SMTP Client traffic", ""),
    ("For end user and customer owned device updates", "devices of customers and end users"),
    (
        "OneDrive for Business: supportability, telemetry, APIs, and embedded email links",
        "OneDrive telemetry, APIs, links in mails",
    ),
    (
        "SharePoint Hybrid Search - Endpoint to SearchContentService where the hybrid crawler feeds documents",
        "hybrid search crawler",
    ),
    ("OneNote notebooks (wildcards)", "OneNote notebooks"),
    (
        "Graph.windows.net, Office 365 Management Pack for Operations Manager, SecureScore, Azure AD Device Registration, \
         Forms, StaffHub, Application Insights, captcha services",
        "",
    ),
    (
        "Some Office 365 features require endpoints within these domains (including CDNs). Many specific FQDNs within these \
         wildcards have been published recently as we work to either remove or better explain our guidance relating to \
         these wildcards.",
        "some features, CDNs",
    ),
    ("ProPlus: auxiliary URLs", "Microsoft 365 Apps, auxiliary"),
    ("Outlook for Android and iOS: Authentication", "Outlook mobile sign-in"),
    ("Outlook for Android and iOS: Consumer Outlook.com and OneDrive integration", "Outlook mobile, consumer accounts"),
    ("Outlook for Android and iOS: Outlook Privacy", "Outlook mobile, privacy page"),
    ("Office Mobile URLs", "Office mobile"),
    ("Office for iPad URLs", "Office for iPad"),
    ("Viva Engage Assets CDN", "Viva Engage CDN"),
    ("Planner: auxiliary URLs", "Planner, auxiliary"),
    ("Sway CDNs", "Sway CDN"),
    (
        "Connection to the speech service is required for Office Dictation features. If connectivity is not allowed, \
         Dictation will be disabled.",
        "dictation does not work without it",
    ),
    (
        "These endpoints enable the Office Scripts functionality in Office clients available through the Automate tab and \
         the Python in Excel functionality available through the Formulas tab. The Office Scripts feature can also be \
         disabled through the Office 365 Admin portal. For admin controls related to Python in Excel, see [Data security \
         and Python in \
         Excel](https://support.microsoft.com/office/data-security-and-python-in-excel-33cc88a4-4a87-485e-9ff9-f35958278327).",
        "Office Scripts, Python in Excel",
    ),
];

/// Remarks on a set of the Worldwide list; each is said while the set still names the destination.
pub const REMARKS: &[(u32, &str, &str)] = &[
    (
        1,
        "outlook.office.com",
        "UDP 443 is QUIC beside TCP 443; clients are taken to fall back to TCP, Microsoft advises not to block it.",
    ),
    (
        2,
        "outlook.office365.com",
        "outlook.office365.com again: with mail ports it is allow and optional, with web ports (set 1) optimize and required.",
    ),
    (8, "autodiscover.*.onmicrosoft.com", "autodiscover: the inner star stands for the tenant name."),
    (11, "52.112.0.0/14", "Media has addresses only, no names: nothing for a PAC file."),
    (
        50,
        "*.microsoft.com",
        "This wildcard covers most Microsoft names: optional, never a reason to leave out a narrower required row.",
    ),
    (51, "*cdn.onenote.net", "No dot after the star in the published list."),
    (56, "login.microsoftonline.com", "Sets 56, 59 and 125 are also the sign-in of entra-id."),
    (
        75,
        "dc.services.visualstudio.com",
        "Optional parts: SCOM management pack, Secure Score, Forms, Application Insights and others.",
    ),
    (
        160,
        "cdn.odc.officeapps.live.com",
        "Default below the Allow wildcard *.officeapps.live.com of set 46: the narrower row decides.",
    ),
];

/// What was found out about one answer by hand; any other is cited by its digest alone.
#[derive(Debug)]
pub struct Snapshot {
    /// SHA-256 of its text.
    pub sha256: &'static str,
    /// Where it is from.
    pub citation: &'static str,
    /// Which state it is.
    pub state: &'static str,
    /// What its areas but MEM were held against.
    pub checked: &'static str,
    /// What came of that.
    pub found: &'static str,
    /// The destinations that this is about, and how their rows say it.
    pub disputed: (&'static str, &'static [&'static str]),
}

/// The answers that somebody looked into.
pub const SNAPSHOTS: &[Snapshot] = &[Snapshot {
    sha256: "fac674b969f5a8a7b19d743ce2a17627bd9ed7df4e7d1b4204dbb49715cbc699",
    citation: "endpoints.office.com/endpoints/Worldwide, snapshot in deploymenttheory/terraform-provider-microsoft365 \
               tests/responses/get_endpoints_worldwide.json (committed 2025-12-01)",
    state: "State of 2025-12.",
    checked: "cross-checked with MISP/misp-warninglists microsoft-office365 and microsoft-office365-ip version 20260811",
    found: "A list of 2026-08-11 lacks five of the names; their rows say so.",
    disputed: (
        "not in the 2026-08-11 list",
        &[
            "*.search.production.apac.trafficmanager.net",
            "*.search.production.emea.trafficmanager.net",
            "*.search.production.us.trafficmanager.net",
            "officecdn.microsoft.com.edgesuite.net",
            "www.acompli.com",
        ],
    ),
}];

/// What the sets of Intune are for; the list itself says it in no field. Others belong to the core.
pub const INTUNE_GROUPS: &[(u32, &str)] = &[
    (163, "core"),
    (164, "updates"),
    (165, "time"),
    (169, "core"),
    (170, "apps"),
    (171, "notifications"),
    (173, "attestation"),
    (179, "android"),
    (181, "remote-help"),
    (182, "diagnostics"),
    (186, "attestation"),
    (187, "remote-help"),
    (188, "remote-help"),
    (189, "experiments"),
    (192, "messages"),
];
