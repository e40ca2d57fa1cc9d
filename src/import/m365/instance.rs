//! The instances of the web service, and the head that the catalog file of each begins with.

/// A cloud of Microsoft 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Instance {
    /// Everybody who is not in one of the others, GCC included
    #[value(name = "worldwide")]
    Worldwide,
    /// Operated by 21Vianet
    #[value(name = "china")]
    China,
    /// US Department of Defense
    #[value(name = "usgov-dod")]
    UsGovDod,
    /// US Government GCC High
    #[value(name = "usgov-gcchigh")]
    UsGovGccHigh,
}

impl Instance {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Worldwide, Self::China, Self::UsGovDod, Self::UsGovGccHigh];

    /// The word of `--instance`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Worldwide => "worldwide",
            Self::China => "china",
            Self::UsGovDod => "usgov-dod",
            Self::UsGovGccHigh => "usgov-gcchigh",
        }
    }

    /// How the web service spells it.
    #[must_use]
    pub const fn published(self) -> &'static str {
        match self {
            Self::Worldwide => "Worldwide",
            Self::China => "China",
            Self::UsGovDod => "USGovDoD",
            Self::UsGovGccHigh => "USGovGCCHigh",
        }
    }

    /// The catalog's service for its areas but MEM.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::Worldwide => "office-365",
            Self::China => "office-365-china",
            Self::UsGovDod => "office-365-usgov-dod",
            Self::UsGovGccHigh => "office-365-usgov-gcchigh",
        }
    }

    /// The catalog's service for the area MEM.
    #[must_use]
    pub const fn intune(self) -> &'static str {
        match self {
            Self::Worldwide => "intune",
            Self::China => "intune-china",
            Self::UsGovDod => "intune-usgov-dod",
            Self::UsGovGccHigh => "intune-usgov-gcchigh",
        }
    }

    /// The cloud of its endpoints.
    #[must_use]
    pub const fn cloud(self) -> &'static str {
        match self {
            Self::Worldwide => "public",
            Self::China => "china",
            Self::UsGovDod | Self::UsGovGccHigh => "usgov",
        }
    }

    /// How to call it, in English and in Japanese.
    #[must_use]
    pub const fn titles(self, intune: bool) -> (&'static str, &'static str) {
        match (self, intune) {
            (Self::Worldwide, false) => ("Microsoft 365", "Microsoft 365"),
            (Self::China, false) => ("Microsoft 365 operated by 21Vianet", "Microsoft 365 (21Vianet 運営)"),
            (Self::UsGovDod, false) => ("Microsoft 365 US Government DoD", "Microsoft 365 (米国政府機関 DoD)"),
            (Self::UsGovGccHigh, false) => {
                ("Microsoft 365 US Government GCC High", "Microsoft 365 (米国政府機関 GCC High)")
            }
            (Self::Worldwide, true) => ("Microsoft Intune", "Microsoft Intune"),
            (Self::China, true) => ("Microsoft Intune operated by 21Vianet", "Microsoft Intune (21Vianet 運営)"),
            (Self::UsGovDod, true) => ("Microsoft Intune US Government DoD", "Microsoft Intune (米国政府機関 DoD)"),
            (Self::UsGovGccHigh, true) => {
                ("Microsoft Intune US Government GCC High", "Microsoft Intune (米国政府機関 GCC High)")
            }
        }
    }

    /// The page for people.
    #[must_use]
    pub const fn page(self) -> &'static str {
        match self {
            Self::Worldwide => "https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges",
            Self::China => "https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges-21vianet",
            Self::UsGovDod => {
                "https://learn.microsoft.com/microsoft-365/enterprise/microsoft-365-u-s-government-dod-endpoints"
            }
            Self::UsGovGccHigh => {
                "https://learn.microsoft.com/microsoft-365/enterprise/microsoft-365-u-s-government-gcc-high-endpoints"
            }
        }
    }

    /// Names of Optimize and Allow sets that only it has.
    #[must_use]
    pub const fn marks(self) -> &'static [&'static str] {
        match self {
            Self::Worldwide => {
                &["outlook.office.com", "outlook.office365.com", "*.sharepoint.com", "teams.microsoft.com"]
            }
            Self::China => {
                &["partner.outlook.cn", "*.sharepoint.cn", "*.partner.lync.cn", "*.partner.microsoftonline.cn"]
            }
            Self::UsGovDod => {
                &["outlook-dod.office365.us", "webmail.apps.mil", "*.sharepoint-mil.us", "dod.teams.microsoft.us"]
            }
            Self::UsGovGccHigh => &["outlook.office365.us", "*.sharepoint.us", "gov.teams.microsoft.us"],
        }
    }
}
