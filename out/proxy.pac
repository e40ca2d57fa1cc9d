// Proxy auto-configuration of contoso-hq.
// Written by pacwright 0.1.0 from catalog 905c2385e255; edits are lost with the next build.
// Why a host goes where it goes: pacwright explain https://HOST/
//
// 474 entries; 94 of them are not listed below, because the next less specific one
// (or the default, web) says the same. Ports: strict.

function FindProxyForURL(url, host) {
  return pwRoutes[pwDecide(url, host)];
}

var pwRoutes = [
  "DIRECT", // 0: direct
  "PROXY 127.0.0.1:9", // 1: block
  "PROXY proxy-a.contoso.example:8080; PROXY proxy-b.contoso.example:8080", // 2: web
  "PROXY cloud-proxy.contoso.example:8080" // 3: cloud
];

// What the numbers in the tables below say: the route of the name itself, the route of every name below it, and whether
// more is listed below (1 names, 2 patterns). -1: nothing, ask the next less specific name. -2: the first row of pwPorts; and so on.
var pwSays = [
  null,
  [-1, 1, 0], // 1 = all below: any port: block
  [-1, -4, 0], // 2 = all below: 443: cloud
  [-2, -1, 0], // 3 = the name: 80: cloud
  [-1, -4, 1], // 4 = all below: 443: cloud; more names below
  [-3, -1, 0], // 5 = the name: 80: cloud, 443: cloud
  [-4, -1, 0], // 6 = the name: 443: cloud
  [-3, -3, 0], // 7 = the name and all below: 80: cloud, 443: cloud
  [-3, -1, 1], // 8 = the name: 80: cloud, 443: cloud; more names below
  [-3, -4, 0], // 9 = the name: 80: cloud, 443: cloud; all below: 443: cloud
  [-1, -3, 0], // 10 = all below: 80: cloud, 443: cloud
  [-4, -3, 0], // 11 = the name: 443: cloud; all below: 80: cloud, 443: cloud
  [-1, -3, 1], // 12 = all below: 80: cloud, 443: cloud; more names below
  [-5, -1, 0], // 13 = the name: 80: direct, 443: direct
  [-1, -3, 2], // 14 = all below: 80: cloud, 443: cloud; patterns below
  [-1, -5, 0], // 15 = all below: 80: direct, 443: direct
  [-4, -1, 1], // 16 = the name: 443: cloud; more names below
  [-4, -4, 0], // 17 = the name and all below: 443: cloud
  [-1, -2, 1], // 18 = all below: 80: cloud; more names below
  [0, 0, 0], // 19 = the name and all below: any port: direct
  [-1, -1, 2], // 20 = patterns below
  [0, -1, 0] // 21 = the name: any port: direct
];

// The route of all ports that are not named (-1: nothing), then first port, last port, route; and so on.
var pwPorts = [
  [-1, 80, 80, 3], // 80: cloud
  [-1, 80, 80, 3, 443, 443, 3], // 80: cloud, 443: cloud
  [-1, 443, 443, 3], // 443: cloud
  [-1, 80, 80, 0, 443, 443, 0] // 80: direct, 443: direct
];

// Where to look, in this order. Every key has a dot, so that no host can be mistaken for a property every object has.
var pwLayers = [
{
names: {
  "bad.example": 1
},
ends: { // names of one label behind a dot, and what is said of every name
},
globs: { // by the suffix they end in: more labels allowed (0 no, 1 at least one, 2 any), what is said, labels from the right
},
plain: 0, // names without a dot
dotted: false // whether `ends` says anything of names with a dot
},
{
names: {
  "cortana.ai": 2,
  "cacerts.digicert.cn": 3,
  "crl.digicert.cn": 3,
  "ocsp.digicert.cn": 3,
  "aadrm.com": 4,
  "api.aadrm.com": 5,
  "www.acompli.com": 6,
  "ajax.aspnetcdn.com": 5,
  "assets-yammer.com": 2,
  "aad.azure.com": 7,
  "aadconnecthealth.azure.com": 7,
  "ad.azure.com": 5,
  "adf.azure.com": 5,
  "applicationinsights.azure.com": 7,
  "appservice.azure.com": 5,
  "contoso-corpsensorapi.atp.azure.com": 6,
  "bastion.azure.com": 5,
  "batch.azure.com": 5,
  "bmx.azure.com": 7,
  "catalogapi.azure.com": 5,
  "changeanalysis.azure.com": 5,
  "cognitiveservices.azure.com": 5,
  "ux.console.azure.com": 5,
  "cosmos.azure.com": 5,
  "dev.azure.com": 5,
  "ext.azure.com": 7,
  "functions.azure.com": 5,
  "gallery.azure.com": 5,
  "identitygovernance.azure.com": 5,
  "iga.azure.com": 8,
  "elm.iga.azure.com": 5,
  "informationprotection.azure.com": 9,
  "logic.azure.com": 5,
  "management.azure.com": 5,
  "marketplacedataprovider.azure.com": 8,
  "main.prod.marketplacedataprovider.azure.com": 5,
  "marketplaceemail.azure.com": 5,
  "monitor.azure.com": 8,
  "global.handler.control.monitor.azure.com": 6,
  "japaneast.handler.control.monitor.azure.com": 6,
  "japanwest.handler.control.monitor.azure.com": 6,
  "mspim.azure.com": 8,
  "api.azrbac.mspim.azure.com": 5,
  "network.azure.com": 5,
  "0a1b2c3d-0000-0000-0000-000000000000.ods.opinsights.azure.com": 6,
  "portal.azure.com": 7,
  "purview.azure.com": 5,
  "quantum.azure.com": 5,
  "search.azure.com": 5,
  "shell.azure.com": 5,
  "signup.azure.com": 7,
  "storage.azure.com": 5,
  "azurerms.com": 2,
  "appex.bing.com": 10,
  "c.bing.com": 5,
  "officespeech.platform.bing.com": 6,
  "www.bing.com": 5,
  "portal.cloudappsecurity.com": 2,
  "cacerts.digicert.com": 5,
  "crl3.digicert.com": 5,
  "crl4.digicert.com": 5,
  "ocsp.digicert.com": 5,
  "ocspx.digicert.com": 5,
  "www.digicert.com": 5,
  "geotrust.com": 10,
  "partnerservices.getmicrosoftkey.com": 5,
  "crl.globalsign.com": 5,
  "ocsp.globalsign.com": 5,
  "ocsp2.globalsign.com": 5,
  "secure.globalsign.com": 5,
  "crl.identrust.com": 5,
  "isrg.trustid.ocsp.identrust.com": 5,
  "platform.linkedin.com": 6,
  "account.live.com": 5,
  "c.live.com": 5,
  "g.live.com": 5,
  "hip.live.com": 10,
  "login.live.com": 5,
  "office.live.com": 5,
  "officeapps.live.com": 11,
  "signup.live.com": 5,
  "storage.live.com": 6,
  "lync.com": 10,
  "microsoft.com": 10,
  "www.microsoft365.com": 5,
  "autologon.microsoftazuread-sso.com": 5,
  "microsoftonline.com": 10,
  "microsoftonline-p.com": 7,
  "microsoftusercontent.com": 2,
  "ipv6.msftconnecttest.com": 3,
  "www.msftconnecttest.com": 5,
  "msftidentity.com": 10,
  "msidentity.com": 7,
  "appex-rf.msn.com": 10,
  "msocdn.com": 10,
  "ocsp.msocsp.com": 5,
  "o365weve.com": 2,
  "office.com": 12,
  "outlook.office.com": 13,
  "office365.com": 12,
  "outlook.office365.com": 13,
  "omniroot.com": 10,
  "admin.onedrive.com": 5,
  "www.onedrive.com": 6,
  "onenote.com": 2,
  "onmicrosoft.com": 14,
  "outlook.com": 10,
  "outlookmobile.com": 2,
  "powerapps.com": 2,
  "powerautomate.com": 2,
  "public-trust.com": 10,
  "sharepoint.com": 15,
  "sharepointonline.com": 10,
  "skype.com": 10,
  "join.secure.skypeassets.com": 6,
  "snapcraftcontent.com": 2,
  "sway.com": 16,
  "www.sway.com": 6,
  "eus-www.sway-cdn.com": 6,
  "wus-www.sway-cdn.com": 6,
  "eus-www.sway-extensions.com": 6,
  "wus-www.sway-extensions.com": 6,
  "symcb.com": 10,
  "symcd.com": 10,
  "archive.ubuntu.com": 7,
  "changelogs.ubuntu.com": 5,
  "entropy.ubuntu.com": 6,
  "login.ubuntu.com": 6,
  "motd.ubuntu.com": 6,
  "security.ubuntu.com": 5,
  "snapshot.ubuntu.com": 6,
  "verisign.com": 10,
  "dc.services.visualstudio.com": 6,
  "activity.windows.com": 17,
  "adl.windows.com": 5,
  "wns.windows.com": 10,
  "account.activedirectory.windowsazure.com": 5,
  "windowsupdate.com": 18,
  "ctldl.windowsupdate.com": 5,
  "yammer.com": 2,
  "yammerusercontent.com": 2,
  "contoso.example": 19,
  "api.loganalytics.io": 5,
  "api.snapcraft.io": 6,
  "dashboard.snapcraft.io": 6,
  "cloud.microsoft": 4,
  "outlook.cloud.microsoft": 13,
  "teams.cloud.microsoft": 7,
  "static.microsoft": 2,
  "azure.status.microsoft": 5,
  "usercontent.microsoft": 2,
  "aka.ms": 5,
  "auth.gfx.ms": 5,
  "mem.gfx.ms": 6,
  "assets.onestore.ms": 6,
  "oneclient.sfx.ms": 5,
  "svc.ms": 10,
  "acompli.net": 2,
  "spoprod-a.akamaihd.net": 5,
  "amp.azure.net": 6,
  "arc.azure.net": 7,
  "datalake.azure.net": 5,
  "digitaltwins.azure.net": 5,
  "eventhubs.azure.net": 5,
  "media.azure.net": 8,
  "rest.media.azure.net": 5,
  "hosting.partners.azure.net": 5,
  "hosting.portal.azure.net": 7,
  "hosting-ms.portal.azure.net": 7,
  "reactblade.portal.azure.net": 7,
  "servicebus.azure.net": 5,
  "sphere.azure.net": 5,
  "storage.azure.net": 5,
  "vault.azure.net": 5,
  "azure-apim.net": 2,
  "catalogartifact.azureedge.net": 5,
  "mlccdnprod.azureedge.net": 6,
  "otelrules.azureedge.net": 5,
  "dev.azuresynapse.net": 5,
  "c.bing.net": 5,
  "tse1.mm.bing.net": 5,
  "root-c3-ca2-2009.ocsp.d-trust.net": 3,
  "www.d-trust.net": 3,
  "officecdn.microsoft.com.edgesuite.net": 5,
  "entrust.net": 10,
  "crl.globalsign.net": 5,
  "apis.live.net": 6,
  "clientconfig.microsoftonline-p.net": 5,
  "msauth.net": 7,
  "msauthimages.net": 10,
  "msecnd.net": 10,
  "ocos-office365-s2s.msedge.net": 5,
  "msftauth.net": 10,
  "msftauthimages.net": 10,
  "office.net": 10,
  "onenote.net": 20,
  "phonefactor.net": 10,
  "search.production.apac.trafficmanager.net": 2,
  "search.production.emea.trafficmanager.net": 2,
  "subscriptionrp.trafficmanager.net": 7,
  "search.production.us.trafficmanager.net": 2,
  "verisign.net": 10,
  "virtualearth.net": 10,
  "accounts.accesscontrol.windows.net": 5,
  "asazure.windows.net": 5,
  "enterpriseregistration.windows.net": 5,
  "graph.windows.net": 7,
  "kusto.windows.net": 8,
  "help.kusto.windows.net": 5,
  "login.windows.net": 5,
  "keydelivery.mediaservices.windows.net": 2,
  "streaming.mediaservices.windows.net": 2,
  "servicebus.windows.net": 5,
  "login.windows-ppe.net": 6,
  "cert.int-x3.letsencrypt.org": 5
},
ends: { // names of one label behind a dot, and what is said of every name
},
globs: { // by the suffix they end in: more labels allowed (0 no, 1 at least one, 2 any), what is said, labels from the right
  "onenote.net": [
    [0, 6, "*cdn"] // *cdn.onenote.net
  ],
  "onmicrosoft.com": [
    [0, 5, "*", "autodiscover"] // autodiscover.*.onmicrosoft.com
  ]
},
plain: 21, // names without a dot
dotted: false // whether `ends` says anything of names with a dot
}
];
var pwLongest = 61; // characters of the longest name above

// Hosts written as an address: first address of a range, what is said; 0 = nothing.
var pwRanges4 = [
  167772160, 21, // 10.0.0.0
  184549376, 0, // 11.0.0.0
  225117848, 13, // 13.107.6.152
  225117850, 0, // 13.107.6.154
  225117867, 5, // 13.107.6.171
  225117868, 0, // 13.107.6.172
  225117888, 6, // 13.107.6.192
  225117889, 0, // 13.107.6.193
  225118656, 6, // 13.107.9.192
  225118657, 0, // 13.107.9.193
  225120778, 13, // 13.107.18.10
  225120780, 0, // 13.107.18.12
  225120783, 5, // 13.107.18.15
  225120784, 0, // 13.107.18.16
  225148928, 13, // 13.107.128.0
  225149952, 0, // 13.107.132.0
  225150976, 13, // 13.107.136.0
  225152000, 0, // 13.107.140.0
  225152006, 5, // 13.107.140.6
  225152007, 0, // 13.107.140.7
  336863232, 5, // 20.20.32.0
  336871424, 0, // 20.20.64.0
  348028928, 5, // 20.190.128.0
  348045312, 0, // 20.190.192.0
  350715904, 5, // 20.231.128.0
  350724096, 0, // 20.231.160.0
  392667136, 13, // 23.103.160.0
  392671232, 0, // 23.103.176.0
  677117952, 6, // 40.92.0.0
  677249024, 0, // 40.94.0.0
  677380096, 13, // 40.96.0.0
  678035456, 0, // 40.106.0.0
  678100992, 6, // 40.107.0.0
  678166528, 0, // 40.108.0.0
  678199296, 13, // 40.108.128.0
  678232064, 0, // 40.109.0.0
  679346176, 5, // 40.126.0.0
  679362560, 0, // 40.126.64.0
  878706688, 13, // 52.96.0.0
  878968832, 6, // 52.100.0.0
  879230976, 13, // 52.104.0.0
  879493120, 5, // 52.108.0.0
  880017408, 0, // 52.116.0.0
  880410624, 5, // 52.122.0.0
  880541696, 0, // 52.124.0.0
  888032856, 6, // 52.238.78.88
  888032857, 0, // 52.238.78.89
  888415656, 5, // 52.244.37.168
  888415657, 0, // 52.244.37.169
  1747910656, 6, // 104.47.0.0
  1747943424, 0, // 104.47.128.0
  1754431488, 13, // 104.146.128.0
  1754464256, 0, // 104.147.0.0
  2214404567, 13, // 131.253.33.215
  2214404568, 0, // 131.253.33.216
  2230648832, 13, // 132.245.0.0
  2230714368, 0, // 132.246.0.0
  2527797248, 13, // 150.171.32.0
  2527798272, 0, // 150.171.36.0
  2527799296, 13, // 150.171.40.0
  2527800320, 0, // 150.171.44.0
  2886729728, 21, // 172.16.0.0
  2887778304, 0, // 172.32.0.0
  3232235520, 21, // 192.168.0.0
  3232301056, 0, // 192.169.0.0
  3427780055, 13, // 204.79.197.215
  3427780056, 0 // 204.79.197.216
];
var pwRanges6 = [
  "26031006000000000000000000000000", 13, // 2603:1006::
  "26031006010000000000000000000000", 0, // 2603:1006:100::
  "26031006140000000000000000000000", 5, // 2603:1006:1400::
  "26031006150000000000000000000000", 0, // 2603:1006:1500::
  "26031006200000000000000000000000", 5, // 2603:1006:2000::
  "26031006200100000000000000000000", 0, // 2603:1006:2001::
  "26031007020000000000000000000000", 5, // 2603:1007:200::
  "26031007020100000000000000000000", 0, // 2603:1007:201::
  "26031016000000000000000000000000", 13, // 2603:1016::
  "26031016100000000000000000000000", 0, // 2603:1016:1000::
  "26031016140000000000000000000000", 5, // 2603:1016:1400::
  "26031016140100000000000000000000", 0, // 2603:1016:1401::
  "26031016240000000000000000000000", 5, // 2603:1016:2400::
  "26031016250000000000000000000000", 0, // 2603:1016:2500::
  "26031017000000000000000000000000", 5, // 2603:1017::
  "26031017000100000000000000000000", 0, // 2603:1017:1::
  "26031026000000000000000000000000", 13, // 2603:1026::
  "26031026100000000000000000000000", 0, // 2603:1026:1000::
  "26031026240000000000000000000000", 5, // 2603:1026:2400::
  "26031026250000000000000000000000", 0, // 2603:1026:2500::
  "26031026300000000000000000000000", 5, // 2603:1026:3000::
  "26031026300100000000000000000000", 0, // 2603:1026:3001::
  "26031027000000000000000000000000", 5, // 2603:1027::
  "26031027000200000000000000000000", 0, // 2603:1027:2::
  "26031036000000000000000000000000", 13, // 2603:1036::
  "26031036100000000000000000000000", 0, // 2603:1036:1000::
  "26031036240000000000000000000000", 5, // 2603:1036:2400::
  "26031036250000000000000000000000", 0, // 2603:1036:2500::
  "26031036300000000000000000000000", 5, // 2603:1036:3000::
  "26031036300100000000000000000000", 0, // 2603:1036:3001::
  "26031037000000000000000000000000", 5, // 2603:1037::
  "26031037000200000000000000000000", 0, // 2603:1037:2::
  "26031046000000000000000000000000", 13, // 2603:1046::
  "26031046100000000000000000000000", 0, // 2603:1046:1000::
  "26031046140000000000000000000000", 5, // 2603:1046:1400::
  "26031046150000000000000000000000", 0, // 2603:1046:1500::
  "26031046200000000000000000000000", 5, // 2603:1046:2000::
  "26031046200100000000000000000000", 0, // 2603:1046:2001::
  "26031047000000000000000000000000", 5, // 2603:1047::
  "26031047000200000000000000000000", 0, // 2603:1047:2::
  "26031056000000000000000000000000", 13, // 2603:1056::
  "26031056100000000000000000000000", 0, // 2603:1056:1000::
  "26031056140000000000000000000000", 5, // 2603:1056:1400::
  "26031056150000000000000000000000", 0, // 2603:1056:1500::
  "26031056200000000000000000000000", 5, // 2603:1056:2000::
  "26031056200100000000000000000000", 0, // 2603:1056:2001::
  "26031057000000000000000000000000", 5, // 2603:1057::
  "26031057000100000000000000000000", 0, // 2603:1057:1::
  "26031057000200000000000000000000", 5, // 2603:1057:2::
  "26031057000300000000000000000000", 0, // 2603:1057:3::
  "26031061130000000000000000000000", 13, // 2603:1061:1300::
  "26031061140000000000000000000000", 0, // 2603:1061:1400::
  "26031063000000000000000000000000", 5, // 2603:1063::
  "26031063040000000000000000000000", 0, // 2603:1063:400::
  "26031063200000000000000000000000", 5, // 2603:1063:2000::
  "26031063240000000000000000000000", 0, // 2603:1063:2400::
  "26031063600000000000000000000000", 13, // 2603:1063:6000::
  "26031063800000000000000000000000", 0, // 2603:1063:8000::
  "262001ec000400000000000000000152", 13, // 2620:1ec:4::152
  "262001ec000400000000000000000154", 0, // 2620:1ec:4::154
  "262001ec000400000000000000000192", 6, // 2620:1ec:4::192
  "262001ec000400000000000000000193", 0, // 2620:1ec:4::193
  "262001ec000600000000000000000000", 5, // 2620:1ec:6::
  "262001ec000700000000000000000000", 0, // 2620:1ec:7::
  "262001ec000c00000000000000000010", 13, // 2620:1ec:c::10
  "262001ec000c00000000000000000012", 0, // 2620:1ec:c::12
  "262001ec000c00000000000000000015", 5, // 2620:1ec:c::15
  "262001ec000c00000000000000000016", 0, // 2620:1ec:c::16
  "262001ec000d00000000000000000010", 13, // 2620:1ec:d::10
  "262001ec000d00000000000000000012", 0, // 2620:1ec:d::12
  "262001ec004000000000000000000000", 5, // 2620:1ec:40::
  "262001ec008000000000000000000000", 0, // 2620:1ec:80::
  "262001ec08f000000000000000000000", 13, // 2620:1ec:8f0::
  "262001ec08f400000000000000000000", 0, // 2620:1ec:8f4::
  "262001ec08f800000000000000000000", 13, // 2620:1ec:8f8::
  "262001ec08fc00000000000000000000", 0, // 2620:1ec:8fc::
  "262001ec08fc00000000000000000006", 5, // 2620:1ec:8fc::6
  "262001ec08fc00000000000000000007", 0, // 2620:1ec:8fc::7
  "262001ec090000000000000000000000", 13, // 2620:1ec:900::
  "262001ec090400000000000000000000", 0, // 2620:1ec:904::
  "262001ec090800000000000000000000", 13, // 2620:1ec:908::
  "262001ec090c00000000000000000000", 0, // 2620:1ec:90c::
  "262001ec0a9200000000000000000152", 13, // 2620:1ec:a92::152
  "262001ec0a9200000000000000000154", 0, // 2620:1ec:a92::154
  "262001ec0a9200000000000000000171", 5, // 2620:1ec:a92::171
  "262001ec0a9200000000000000000172", 0, // 2620:1ec:a92::172
  "262001ec0a9200000000000000000192", 6, // 2620:1ec:a92::192
  "262001ec0a9200000000000000000193", 0, // 2620:1ec:a92::193
  "2a010111f100200000000000a83e3019", 5, // 2a01:111:f100:2000::a83e:3019
  "2a010111f100200000000000a83e301a", 0, // 2a01:111:f100:2000::a83e:301a
  "2a010111f10020020000000089752d79", 5, // 2a01:111:f100:2002::8975:2d79
  "2a010111f10020020000000089752d7a", 0, // 2a01:111:f100:2002::8975:2d7a
  "2a010111f10020020000000089752da8", 5, // 2a01:111:f100:2002::8975:2da8
  "2a010111f10020020000000089752da9", 0, // 2a01:111:f100:2002::8975:2da9
  "2a010111f1007000000000006fdd6cd5", 5, // 2a01:111:f100:7000::6fdd:6cd5
  "2a010111f1007000000000006fdd6cd6", 0, // 2a01:111:f100:7000::6fdd:6cd6
  "2a010111f100a00400000000bfeb88cf", 5, // 2a01:111:f100:a004::bfeb:88cf
  "2a010111f100a00400000000bfeb88d0", 0, // 2a01:111:f100:a004::bfeb:88d0
  "2a010111f40000000000000000000000", 6, // 2a01:111:f400::
  "2a010111f40100000000000000000000", 0, // 2a01:111:f401::
  "2a010111f40200000000000000000000", 13, // 2a01:111:f402::
  "2a010111f40300000000000000000000", 6, // 2a01:111:f403::
  "2a010111f40400000000000000000000", 0 // 2a01:111:f404::
];

var pwSchemes = { "http://": 80, "ws://": 80, "https://": 443, "wss://": 443, "ftp://": 21 };

function pwDecide(url, host) {
  // Most hosts are names in lower case, and are found, or not, as they come. What begins below "a" may be an address.
  var route = host < "a" ? -2 : pwByName(pwLayers[0], url, host, false), last, name, address, i;
  if (route >= 0) {
    return route;
  }
  last = host.lastIndexOf(".");
  if (last >= 0 && host.charCodeAt(last + 1) > 96) {
    name = host.toLowerCase();
  } else {
    // No letter begins the last label: an address, a dot at the end, capitals, or a name without a dot.
    address = pwV4(host);
    if (address === "") {
      name = pwHost(host);
      last = name.lastIndexOf(".");
      address = pwAddress(name);
    }
    if (address !== null) {
      route = pwByAddress(address, url);
      return route >= 0 ? route : 2;
    }
  }
  // What the first table said of the host as it came need not be asked again.
  for (i = route === -1 && name === host ? 1 : 0; i < pwLayers.length; i++) {
    route = pwByName(pwLayers[i], url, name, true);
    if (route >= 0) {
      return route;
    }
  }
  return 2; // web
}

// From the whole name up its suffixes: the first that says something of the port decides; -1 when none does. A host that is not
// known to be in lower case (`folded`) is -2 where a name with capitals in it could stand further below.
function pwByName(layer, url, host, folded) {
  var names = layer.names, says = names[host], dot, next, suffix, row, route;
  if (says >= 0) {
    folded = true;
    route = pwSays[says][0];
    if (route < -1) {
      route = pwOfPort(route, url);
    }
    if (route >= 0) {
      return route;
    }
  }
  // No suffix longer than the longest name is asked for.
  dot = host.indexOf(".", host.length - pwLongest - 1);
  while (dot >= 0) {
    next = host.indexOf(".", dot + 1);
    if (next < 0) {
      break;
    }
    suffix = host.substring(dot + 1);
    says = names[suffix];
    if (says >= 0) {
      row = pwSays[says];
      if (row[2] > 0 && !folded) {
        return -2;
      }
      if (row[2] > 1) {
        route = pwGlobs(layer.globs[suffix], host.substring(0, dot), url);
        if (route >= 0) {
          return route;
        }
      }
      route = row[1];
      if (route < -1) {
        route = pwOfPort(route, url);
      }
      if (route >= 0) {
        return route;
      }
    }
    dot = next;
  }
  return dot < 0 || layer.dotted ? pwByEnd(layer, url, host, folded) : -1;
}

// What is said of the last label, of every name, and of names without a dot.
function pwByEnd(layer, url, host, folded) {
  var dot = host.lastIndexOf("."), suffix = "." + host.substring(dot + 1), says, route = -1;
  if (!folded) {
    return -2;
  }
  says = layer.ends[suffix];
  if (says && dot < 0) {
    route = pwOfPort(pwSays[says][0], url);
  } else if (says) {
    route = pwBelow(layer, suffix, says, host.substring(0, dot), url);
  }
  if (route < 0 && layer.ends["."]) {
    route = pwBelow(layer, ".", layer.ends["."], host, url);
  }
  return route < 0 && layer.plain && dot < 0 && host !== "" ? pwOfPort(pwSays[layer.plain][0], url) : route;
}

function pwBelow(layer, suffix, says, rest, url) {
  var route = pwSays[says][2] > 1 ? pwGlobs(layer.globs[suffix], rest, url) : -1;
  return route >= 0 ? route : pwOfPort(pwSays[says][1], url);
}

// The route of a port, where a route depends on it; -1 when nothing is said of the port.
function pwOfPort(route, url) {
  var row, port, i;
  if (route >= -1) {
    return route;
  }
  row = pwPorts[-2 - route];
  port = pwPort(url);
  for (i = 1; i < row.length; i += 3) {
    if (port >= row[i] && port <= row[i + 1]) {
      return row[i + 2];
    }
  }
  return row[0];
}

// The host in normal form: lower case, without brackets and without one trailing dot.
function pwHost(host) {
  var name = host.toLowerCase(), last = name.length - 1, end = name.charCodeAt(last);
  if (end === 93 && name.charAt(0) === "[") {
    return name.substring(1, last);
  }
  return end === 46 ? name.substring(0, last) : name;
}

// The port of a URL, as written or by its scheme; -1 when neither tells.
function pwPort(url) {
  var start = 8, port = 443, scheme, colon, end, rest, i, digits;
  // Most URLs are https and write no port: they are not taken apart.
  if (url.lastIndexOf("https://", 0) !== 0) {
    start = url.indexOf("://") + 3;
    if (start < 3) {
      return -1;
    }
    scheme = url.substring(0, start);
    port = pwSchemes[scheme] || pwSchemes[scheme.toLowerCase()] || -1;
  }
  colon = url.indexOf(":", start);
  end = colon < 0 ? -1 : url.indexOf("/", start);
  if (colon < 0 || (end >= 0 && end < colon)) {
    return port;
  }
  rest = end < 0 ? url.substring(start) : url.substring(start, end);
  for (i = 0; i < 2; i++) {
    end = rest.indexOf("?#".charAt(i));
    if (end >= 0) {
      rest = rest.substring(0, end);
    }
  }
  rest = rest.substring(rest.lastIndexOf("@") + 1);
  end = rest.lastIndexOf(":");
  digits = end > rest.lastIndexOf("]") ? rest.substring(end + 1) : "";
  return digits !== "" && !/[^0-9]/.test(digits) ? parseInt(digits, 10) : port;
}

// Patterns with a star inside a label, tried on the labels left of their suffix.
function pwGlobs(rows, rest, url) {
  var labels = rest.split("."), count = labels.length, i, k, row, wanted, route;
  for (i = 0; i < rows.length; i++) {
    row = rows[i];
    wanted = row.length - 2;
    if (row[0] === 0 ? count !== wanted : count < wanted + (row[0] === 1 ? 1 : 0)) {
      continue;
    }
    for (k = 0; k < wanted && pwLike(labels[count - 1 - k], row[k + 2]); k++) {
    }
    if (k === wanted) {
      route = pwOfPort(pwSays[row[1]][0], url);
      if (route >= 0) {
        return route;
      }
    }
  }
  return -1;
}

// Whether a label is like a pattern in which * stands for any run of characters.
function pwLike(label, pattern) {
  var parts = pattern.split("*"), last = parts.length - 1, at = parts[0].length, end, i, found;
  if (last === 0) {
    return label === pattern;
  }
  end = label.length - parts[last].length;
  if (end < at || label.substring(0, at) !== parts[0] || label.substring(end) !== parts[last]) {
    return false;
  }
  for (i = 1; i < last; i++) {
    found = label.indexOf(parts[i], at);
    if (found < 0 || found + parts[i].length > end) {
      return false;
    }
    at = found + parts[i].length;
  }
  return true;
}

// An address as a number (IPv4) or as 32 hexadecimal digits (IPv6); "" for what is neither that nor a name;
// null for a name.
function pwAddress(host) {
  var label, c;
  if (host.indexOf(":") >= 0) {
    return pwV6(host);
  }
  label = host.substring(host.lastIndexOf(".") + 1);
  c = label.charCodeAt(0);
  if (!(c >= 48 && c <= 57) || !/^([0-9]+|0x[0-9a-f]*)$/.test(label)) {
    return null;
  }
  return pwV4(host);
}

function pwV4(text) {
  var parts = text.split("."), value = 0, i, part;
  if (parts.length !== 4) {
    return "";
  }
  for (i = 0; i < 4; i++) {
    // A number that is written back as it stood there was plain decimal, without a zero in front.
    part = +parts[i];
    if (!(part >= 0 && part <= 255) || "" + part !== parts[i]) {
      return "";
    }
    value = value * 256 + part;
  }
  return value;
}

function pwV6(text) {
  var tail = text.lastIndexOf(":") + 1, low, halves, left, right, groups, missing, i, out = "";
  if (text.indexOf(".", tail) >= 0) {
    low = pwV4(text.substring(tail));
    if (low === "") {
      return "";
    }
    text = text.substring(0, tail) + Math.floor(low / 65536).toString(16) + ":" + (low % 65536).toString(16);
  }
  halves = text.split("::");
  left = halves[0] === "" ? [] : halves[0].split(":");
  if (halves.length === 1) {
    groups = left;
  } else {
    right = halves[1] === "" ? [] : halves[1].split(":");
    missing = 8 - left.length - right.length;
    if (halves.length > 2 || missing < 1) {
      return "";
    }
    groups = left;
    for (i = 0; i < missing; i++) {
      groups = groups.concat("0");
    }
    groups = groups.concat(right);
  }
  if (groups.length !== 8) {
    return "";
  }
  for (i = 0; i < 8; i++) {
    if (!/^[0-9a-f]{1,4}$/.test(groups[i])) {
      return "";
    }
    out += "0000".substring(groups[i].length) + groups[i];
  }
  // IPv4 written as IPv6 leads to the IPv4 address.
  return out.substring(0, 24) === "00000000000000000000ffff" ? parseInt(out.substring(24), 16) : out;
}

// What is said of the range an address lies in.
function pwByAddress(address, url) {
  var table = pwRanges6, low = 0, high = pwRanges6.length / 2, middle;
  if (typeof address === "number") {
    table = pwRanges4;
    if (pwFirst === null) {
      pwFirst = pwStarts(0, pwRanges4.length / 2, 0, 16777216);
    }
    middle = address >>> 24;
    low = pwFirst[middle];
    high = pwFirst[middle + 1];
    if (high - low > 15) {
      table = pwSecond[middle] || (pwSecond[middle] = pwStarts(low, high, middle * 16777216, 65536));
      middle = (address >>> 16) & 255;
      low = table[middle];
      high = table[middle + 1];
      table = pwRanges4;
    }
  }
  while (low < high) {
    middle = (low + high) >> 1;
    if (table[middle * 2] <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  low = low > 0 ? table[low * 2 - 1] : 0;
  return low > 0 ? pwOfPort(pwSays[low][0], url) : -1;
}

// The rows of pwRanges4 by the first number of an address, where many have it also by the second: where each number begins.
// Made when the first address asks for it.
var pwFirst = null, pwSecond = [];

// The first row from `low` on that begins at `from` or beyond, then at one `step` more, and so on.
function pwStarts(low, high, from, step) {
  var rows = [], i;
  for (i = 0; i <= 256; i++) {
    while (low < high && pwRanges4[low * 2] < from + i * step) {
      low++;
    }
    rows[i] = low;
  }
  return rows;
}
