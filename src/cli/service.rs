//! One service as a page, and all of them by area: what `list services` prints for people.

use std::collections::BTreeMap;

use super::list::columns;
use crate::catalog::{Area, Catalog, Endpoint, Lifecycle, Service, Text, What};

/// A language of the catalog's texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Japanese, where a text has it.
    Ja,
}

impl Language {
    fn of(self, text: &Text) -> &str {
        match (self, &text.ja) {
            (Self::Ja, Some(ja)) => ja,
            _ => &text.en,
        }
    }

    const fn area(self, area: Area) -> &'static str {
        match (self, area) {
            (Self::En, Area::Identity) => "Identity and portal",
            (Self::En, Area::Productivity) => "Productivity",
            (Self::En, Area::Windows) => "Windows",
            (Self::En, Area::Linux) => "Linux",
            (Self::En, Area::Monitoring) => "Monitoring",
            (Self::En, Area::Security) => "Security",
            (Self::En, Area::Containers) => "Containers",
            (Self::En, Area::Hybrid) => "Hybrid machines",
            (Self::En, Area::Foundation) => "Foundation",
            (Self::En, Area::Custom) => "Your own",
            (Self::Ja, Area::Identity) => "ID とポータル",
            (Self::Ja, Area::Productivity) => "業務アプリケーション",
            (Self::Ja, Area::Windows) => "Windows",
            (Self::Ja, Area::Linux) => "Linux",
            (Self::Ja, Area::Monitoring) => "監視",
            (Self::Ja, Area::Security) => "セキュリティ",
            (Self::Ja, Area::Containers) => "コンテナー",
            (Self::Ja, Area::Hybrid) => "ハイブリッド",
            (Self::Ja, Area::Foundation) => "基盤",
            (Self::Ja, Area::Custom) => "独自のサービス",
        }
    }

    const fn word<'w>(self, en: &'w str, ja: &'w str) -> &'w str {
        match self {
            Self::En => en,
            Self::Ja => ja,
        }
    }
}

/// All services, grouped by area, one line each.
pub fn overview(catalog: &Catalog, language: Language) -> String {
    let mut by_area: BTreeMap<Area, Vec<&Service>> = BTreeMap::new();
    for service in catalog.services.values() {
        by_area.entry(service.area).or_default().push(service);
    }
    let mut out = String::new();
    for (area, services) in by_area {
        out.push_str(&format!("{}\n", language.area(area)));
        let row =
            |s: &&Service| vec![format!("  {}{}", s.id, retired(s, language)), language.of(&s.purpose).to_owned()];
        out.push_str(&columns(&services.iter().map(row).collect::<Vec<_>>()));
        out.push('\n');
    }
    out.push_str(
        language.word("A page of one: pacwright list services NAME\n", "詳細: pacwright list services NAME\n"),
    );
    out
}

fn retired(service: &Service, language: Language) -> String {
    match service.status {
        Lifecycle::Current => String::new(),
        status => format!(" ({})", language.word(status.word(), "廃止")),
    }
}

/// One service.
pub fn page(service: &Service, language: Language) -> String {
    let mut out = format!("{} - {}{}\n", service.id, language.of(&service.title), retired(service, language));
    out.push_str(&format!("{}\n", language.of(&service.purpose)));
    let mut facts: Vec<Vec<String>> = Vec::new();
    let mut fact = |en: &str, ja: &str, value: String| {
        if !value.is_empty() {
            facts.push(vec![language.word(en, ja).to_owned(), value]);
        }
    };
    fact("since", "廃止日", service.since.clone().unwrap_or_default());
    fact("replaced by", "後継", service.replaced_by.clone().unwrap_or_default());
    fact("reviewed", "確認日", service.reviewed.clone());
    let texts =
        |list: &[crate::source::Spanned<String>]| list.iter().map(|t| t.value.as_str()).collect::<Vec<_>>().join(", ");
    fact("needs", "前提", texts(&service.needs));
    if let Some(methods) = &service.methods {
        let text = |t: &Option<crate::source::Spanned<String>>| t.as_ref().map_or(String::new(), |t| t.value.clone());
        fact("service tags", "サービス タグ", texts(&methods.service_tags));
        fact("FQDN tags", "FQDN タグ", texts(&methods.fqdn_tags));
        fact("private link", "プライベート リンク", text(&methods.private_link));
        fact("service endpoint", "サービス エンドポイント", text(&methods.service_endpoint));
        fact("ExpressRoute", "ExpressRoute", text(&methods.express_route));
    }
    if let Some(clients) = &service.clients {
        let setting = clients.setting.as_ref().map_or(String::new(), |s| format!("; {}", language.of(s)));
        fact("PAC files", "PAC ファイル", format!("{}{setting}", clients.pac.value));
    }
    for (name, about) in &service.variants {
        fact("variant", "バリアント", format!("{name}: {}", language.of(about)));
    }
    for (name, param) in &service.params {
        fact("parameter", "パラメーター", format!("{name}: {} ({})", language.of(&param.about), param.example));
    }
    for used in &service.uses {
        fact("uses", "参照", format!("{} {}", used.service, used.ids.join(" ")));
    }
    for (name, text) in &service.constraints {
        fact("note", "注記", format!("{name}: {}", language.of(text)));
    }
    for link in &service.docs {
        fact("docs", "資料", link.clone());
    }
    out.push_str(&columns(&facts));
    out.push_str(&endpoints(service, language));
    out.push_str(&format!("\n{}\n", language.word("sources", "出典")));
    for (name, text) in &service.sources {
        out.push_str(&format!("  {name}: {text}\n"));
    }
    out
}

/// The endpoints by group, those that are always selected first; a row of several groups stands in each.
fn endpoints(service: &Service, language: Language) -> String {
    let mut out = String::new();
    let mut groups: Vec<Option<&String>> = service
        .endpoints
        .iter()
        .flat_map(|e| if e.groups.is_empty() { vec![None] } else { e.groups.iter().map(Some).collect() })
        .collect();
    groups.sort();
    groups.dedup();
    for group in groups {
        let declared = group.and_then(|name| service.groups.get(name));
        let title = match (group, declared) {
            (Some(name), Some(declared)) => {
                let on = if declared.default {
                    language.word("default", "既定")
                } else {
                    language.word("on request", "要指定")
                };
                format!("{name} ({on}): {}", language.of(&declared.about))
            }
            _ => language.word("always", "常に").to_owned(),
        };
        out.push_str(&format!("\n{title}\n"));
        let rows: Vec<Vec<String>> = service
            .endpoints
            .iter()
            .filter(|e| group.map_or(e.groups.is_empty(), |g| e.groups.contains(g)))
            .map(|e| row(e, language))
            .collect();
        out.push_str(&columns(&rows));
    }
    out
}

fn row(endpoint: &Endpoint, language: Language) -> Vec<String> {
    let tag = matches!(endpoint.what, What::Tag(_)).then(|| language.word("service tag", "サービス タグ").to_owned());
    let required =
        if endpoint.required { language.word("required", "必須") } else { language.word("optional", "任意") };
    let clouds = (endpoint.clouds != [crate::catalog::Cloud::Public])
        .then(|| endpoint.clouds.iter().map(|c| c.word()).collect::<Vec<_>>().join(" "));
    let words = [
        tag,
        Some(endpoint.via).filter(|v| *v == crate::catalog::Via::Firewall).map(|v| v.to_string()),
        (endpoint.status != Lifecycle::Current).then(|| endpoint.status.to_string()),
        endpoint.effective.as_ref().map(|day| match language {
            Language::En => format!("live from {day}"),
            Language::Ja => format!("{day} から稼働"),
        }),
        endpoint.category.clone(),
        (!endpoint.variants.is_empty()).then(|| endpoint.variants.join("/")),
        clouds,
        endpoint.from.map(|f| format!("from {f}")),
        endpoint.no_inspect.then(|| "no-inspect".to_owned()),
        endpoint.no_auth.then(|| "no-auth".to_owned()),
        endpoint.disputed.as_ref().map(|_| language.word("disputed", "要確認").to_owned()),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    let dest = endpoint.what.template().text.value.clone();
    vec![
        format!("  {dest}"),
        endpoint.ports.to_string(),
        required.to_owned(),
        words.join(", "),
        format!("[{}]", endpoint.sources.join(" ")),
    ]
}
