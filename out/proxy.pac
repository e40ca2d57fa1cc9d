// Proxy auto-configuration of contoso-hq.
// Written by pacwright 0.1.0 from catalog 905c2385e255; edits are lost with the next build.
// Why a host goes where it goes: pacwright explain https://HOST/
//
// 474 entries; 94 of them are not listed below, because the next less specific one
// (or the default, web) says the same. Ports: strict.

function FindProxyForURL(url, host) {
  // Most hosts are names in lower case, and are found, or not, as they come. What begins below "a" may be an address.
  var says, route = -2;
  if (host >= "a") {
    says = pwNames[host];
    route = says > 0 ? pwSays[says][0] : -1;
    if (route < -1) {
      route = pwOfPort(route, url);
    }
    if (route < 0) {
      route = pwAbove(pwLayers[0], url, host, says, false);
      if (route === -1 && host.toLowerCase() === host) {
        route = 2; // web
      }
    }
  }
  return pwRoutes[route >= 0 ? route : pwDecide(url, host, route)];
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
  [-1, -4, 0], // 1 = all below: 443: cloud
  [-2, -1, 0], // 2 = the name: 80: cloud
  [-1, -4, 1], // 3 = all below: 443: cloud; more names below
  [-3, -1, 0], // 4 = the name: 80: cloud, 443: cloud
  [-4, -1, 0], // 5 = the name: 443: cloud
  [-3, -3, 0], // 6 = the name and all below: 80: cloud, 443: cloud
  [-3, -1, 1], // 7 = the name: 80: cloud, 443: cloud; more names below
  [-3, -4, 0], // 8 = the name: 80: cloud, 443: cloud; all below: 443: cloud
  [-1, -3, 0], // 9 = all below: 80: cloud, 443: cloud
  [-4, -3, 0], // 10 = the name: 443: cloud; all below: 80: cloud, 443: cloud
  [-1, -3, 1], // 11 = all below: 80: cloud, 443: cloud; more names below
  [-5, -1, 0], // 12 = the name: 80: direct, 443: direct
  [-1, -3, 2], // 13 = all below: 80: cloud, 443: cloud; patterns below
  [-1, -5, 0], // 14 = all below: 80: direct, 443: direct
  [-4, -1, 1], // 15 = the name: 443: cloud; more names below
  [-4, -4, 0], // 16 = the name and all below: 443: cloud
  [-1, -2, 1], // 17 = all below: 80: cloud; more names below
  [-1, 1, 0], // 18 = all below: any port: block
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
  "cortana.ai": 1,
  "cacerts.digicert.cn": 2,
  "crl.digicert.cn": 2,
  "ocsp.digicert.cn": 2,
  "aadrm.com": 3,
  "api.aadrm.com": 4,
  "www.acompli.com": 5,
  "ajax.aspnetcdn.com": 4,
  "assets-yammer.com": 1,
  "aad.azure.com": 6,
  "aadconnecthealth.azure.com": 6,
  "ad.azure.com": 4,
  "adf.azure.com": 4,
  "applicationinsights.azure.com": 6,
  "appservice.azure.com": 4,
  "contoso-corpsensorapi.atp.azure.com": 5,
  "bastion.azure.com": 4,
  "batch.azure.com": 4,
  "bmx.azure.com": 6,
  "catalogapi.azure.com": 4,
  "changeanalysis.azure.com": 4,
  "cognitiveservices.azure.com": 4,
  "ux.console.azure.com": 4,
  "cosmos.azure.com": 4,
  "dev.azure.com": 4,
  "ext.azure.com": 6,
  "functions.azure.com": 4,
  "gallery.azure.com": 4,
  "identitygovernance.azure.com": 4,
  "iga.azure.com": 7,
  "elm.iga.azure.com": 4,
  "informationprotection.azure.com": 8,
  "logic.azure.com": 4,
  "management.azure.com": 4,
  "marketplacedataprovider.azure.com": 7,
  "main.prod.marketplacedataprovider.azure.com": 4,
  "marketplaceemail.azure.com": 4,
  "monitor.azure.com": 7,
  "global.handler.control.monitor.azure.com": 5,
  "japaneast.handler.control.monitor.azure.com": 5,
  "japanwest.handler.control.monitor.azure.com": 5,
  "mspim.azure.com": 7,
  "api.azrbac.mspim.azure.com": 4,
  "network.azure.com": 4,
  "0a1b2c3d-0000-0000-0000-000000000000.ods.opinsights.azure.com": 5,
  "portal.azure.com": 6,
  "purview.azure.com": 4,
  "quantum.azure.com": 4,
  "search.azure.com": 4,
  "shell.azure.com": 4,
  "signup.azure.com": 6,
  "storage.azure.com": 4,
  "azurerms.com": 1,
  "appex.bing.com": 9,
  "c.bing.com": 4,
  "officespeech.platform.bing.com": 5,
  "www.bing.com": 4,
  "portal.cloudappsecurity.com": 1,
  "cacerts.digicert.com": 4,
  "crl3.digicert.com": 4,
  "crl4.digicert.com": 4,
  "ocsp.digicert.com": 4,
  "ocspx.digicert.com": 4,
  "www.digicert.com": 4,
  "geotrust.com": 9,
  "partnerservices.getmicrosoftkey.com": 4,
  "crl.globalsign.com": 4,
  "ocsp.globalsign.com": 4,
  "ocsp2.globalsign.com": 4,
  "secure.globalsign.com": 4,
  "crl.identrust.com": 4,
  "isrg.trustid.ocsp.identrust.com": 4,
  "platform.linkedin.com": 5,
  "account.live.com": 4,
  "c.live.com": 4,
  "g.live.com": 4,
  "hip.live.com": 9,
  "login.live.com": 4,
  "office.live.com": 4,
  "officeapps.live.com": 10,
  "signup.live.com": 4,
  "storage.live.com": 5,
  "lync.com": 9,
  "microsoft.com": 9,
  "www.microsoft365.com": 4,
  "autologon.microsoftazuread-sso.com": 4,
  "microsoftonline.com": 9,
  "microsoftonline-p.com": 6,
  "microsoftusercontent.com": 1,
  "ipv6.msftconnecttest.com": 2,
  "www.msftconnecttest.com": 4,
  "msftidentity.com": 9,
  "msidentity.com": 6,
  "appex-rf.msn.com": 9,
  "msocdn.com": 9,
  "ocsp.msocsp.com": 4,
  "o365weve.com": 1,
  "office.com": 11,
  "outlook.office.com": 12,
  "office365.com": 11,
  "outlook.office365.com": 12,
  "omniroot.com": 9,
  "admin.onedrive.com": 4,
  "www.onedrive.com": 5,
  "onenote.com": 1,
  "onmicrosoft.com": 13,
  "outlook.com": 9,
  "outlookmobile.com": 1,
  "powerapps.com": 1,
  "powerautomate.com": 1,
  "public-trust.com": 9,
  "sharepoint.com": 14,
  "sharepointonline.com": 9,
  "skype.com": 9,
  "join.secure.skypeassets.com": 5,
  "snapcraftcontent.com": 1,
  "sway.com": 15,
  "www.sway.com": 5,
  "eus-www.sway-cdn.com": 5,
  "wus-www.sway-cdn.com": 5,
  "eus-www.sway-extensions.com": 5,
  "wus-www.sway-extensions.com": 5,
  "symcb.com": 9,
  "symcd.com": 9,
  "archive.ubuntu.com": 6,
  "changelogs.ubuntu.com": 4,
  "entropy.ubuntu.com": 5,
  "login.ubuntu.com": 5,
  "motd.ubuntu.com": 5,
  "security.ubuntu.com": 4,
  "snapshot.ubuntu.com": 5,
  "verisign.com": 9,
  "dc.services.visualstudio.com": 5,
  "activity.windows.com": 16,
  "adl.windows.com": 4,
  "wns.windows.com": 9,
  "account.activedirectory.windowsazure.com": 4,
  "windowsupdate.com": 17,
  "ctldl.windowsupdate.com": 4,
  "yammer.com": 1,
  "yammerusercontent.com": 1,
  "bad.example": 18,
  "contoso.example": 19,
  "api.loganalytics.io": 4,
  "api.snapcraft.io": 5,
  "dashboard.snapcraft.io": 5,
  "cloud.microsoft": 3,
  "outlook.cloud.microsoft": 12,
  "teams.cloud.microsoft": 6,
  "static.microsoft": 1,
  "azure.status.microsoft": 4,
  "usercontent.microsoft": 1,
  "aka.ms": 4,
  "auth.gfx.ms": 4,
  "mem.gfx.ms": 5,
  "assets.onestore.ms": 5,
  "oneclient.sfx.ms": 4,
  "svc.ms": 9,
  "acompli.net": 1,
  "spoprod-a.akamaihd.net": 4,
  "amp.azure.net": 5,
  "arc.azure.net": 6,
  "datalake.azure.net": 4,
  "digitaltwins.azure.net": 4,
  "eventhubs.azure.net": 4,
  "media.azure.net": 7,
  "rest.media.azure.net": 4,
  "hosting.partners.azure.net": 4,
  "hosting.portal.azure.net": 6,
  "hosting-ms.portal.azure.net": 6,
  "reactblade.portal.azure.net": 6,
  "servicebus.azure.net": 4,
  "sphere.azure.net": 4,
  "storage.azure.net": 4,
  "vault.azure.net": 4,
  "azure-apim.net": 1,
  "catalogartifact.azureedge.net": 4,
  "mlccdnprod.azureedge.net": 5,
  "otelrules.azureedge.net": 4,
  "dev.azuresynapse.net": 4,
  "c.bing.net": 4,
  "tse1.mm.bing.net": 4,
  "root-c3-ca2-2009.ocsp.d-trust.net": 2,
  "www.d-trust.net": 2,
  "officecdn.microsoft.com.edgesuite.net": 4,
  "entrust.net": 9,
  "crl.globalsign.net": 4,
  "apis.live.net": 5,
  "clientconfig.microsoftonline-p.net": 4,
  "msauth.net": 6,
  "msauthimages.net": 9,
  "msecnd.net": 9,
  "ocos-office365-s2s.msedge.net": 4,
  "msftauth.net": 9,
  "msftauthimages.net": 9,
  "office.net": 9,
  "onenote.net": 20,
  "phonefactor.net": 9,
  "search.production.apac.trafficmanager.net": 1,
  "search.production.emea.trafficmanager.net": 1,
  "subscriptionrp.trafficmanager.net": 6,
  "search.production.us.trafficmanager.net": 1,
  "verisign.net": 9,
  "virtualearth.net": 9,
  "accounts.accesscontrol.windows.net": 4,
  "asazure.windows.net": 4,
  "enterpriseregistration.windows.net": 4,
  "graph.windows.net": 6,
  "kusto.windows.net": 7,
  "help.kusto.windows.net": 4,
  "login.windows.net": 4,
  "keydelivery.mediaservices.windows.net": 1,
  "streaming.mediaservices.windows.net": 1,
  "servicebus.windows.net": 4,
  "login.windows-ppe.net": 5,
  "cert.int-x3.letsencrypt.org": 4
},
ends: { // names of one label behind a dot, and what is said of every name
},
globs: { // by the suffix they end in: more labels allowed (0 no, 1 at least one, 2 any), what is said, labels from the right
  "onenote.net": [
    [0, 5, "*cdn"] // *cdn.onenote.net
  ],
  "onmicrosoft.com": [
    [0, 4, "*", "autodiscover"] // autodiscover.*.onmicrosoft.com
  ]
},
plain: 21, // names without a dot
dotted: false // whether `ends` says anything of names with a dot
}
];
var pwNames = pwLayers[0].names; // what is looked into first of all
var pwLongest = 61; // characters of the longest name above

// Hosts written as an address: first address of a range, what is said; 0 = nothing.
var pwRanges4 = [
  167772160, 21, // 10.0.0.0
  184549376, 0, // 11.0.0.0
  225117848, 12, // 13.107.6.152
  225117850, 0, // 13.107.6.154
  225117867, 4, // 13.107.6.171
  225117868, 0, // 13.107.6.172
  225117888, 5, // 13.107.6.192
  225117889, 0, // 13.107.6.193
  225118656, 5, // 13.107.9.192
  225118657, 0, // 13.107.9.193
  225120778, 12, // 13.107.18.10
  225120780, 0, // 13.107.18.12
  225120783, 4, // 13.107.18.15
  225120784, 0, // 13.107.18.16
  225148928, 12, // 13.107.128.0
  225149952, 0, // 13.107.132.0
  225150976, 12, // 13.107.136.0
  225152000, 0, // 13.107.140.0
  225152006, 4, // 13.107.140.6
  225152007, 0, // 13.107.140.7
  336863232, 4, // 20.20.32.0
  336871424, 0, // 20.20.64.0
  348028928, 4, // 20.190.128.0
  348045312, 0, // 20.190.192.0
  350715904, 4, // 20.231.128.0
  350724096, 0, // 20.231.160.0
  392667136, 12, // 23.103.160.0
  392671232, 0, // 23.103.176.0
  677117952, 5, // 40.92.0.0
  677249024, 0, // 40.94.0.0
  677380096, 12, // 40.96.0.0
  678035456, 0, // 40.106.0.0
  678100992, 5, // 40.107.0.0
  678166528, 0, // 40.108.0.0
  678199296, 12, // 40.108.128.0
  678232064, 0, // 40.109.0.0
  679346176, 4, // 40.126.0.0
  679362560, 0, // 40.126.64.0
  878706688, 12, // 52.96.0.0
  878968832, 5, // 52.100.0.0
  879230976, 12, // 52.104.0.0
  879493120, 4, // 52.108.0.0
  880017408, 0, // 52.116.0.0
  880410624, 4, // 52.122.0.0
  880541696, 0, // 52.124.0.0
  888032856, 5, // 52.238.78.88
  888032857, 0, // 52.238.78.89
  888415656, 4, // 52.244.37.168
  888415657, 0, // 52.244.37.169
  1747910656, 5, // 104.47.0.0
  1747943424, 0, // 104.47.128.0
  1754431488, 12, // 104.146.128.0
  1754464256, 0, // 104.147.0.0
  2214404567, 12, // 131.253.33.215
  2214404568, 0, // 131.253.33.216
  2230648832, 12, // 132.245.0.0
  2230714368, 0, // 132.246.0.0
  2527797248, 12, // 150.171.32.0
  2527798272, 0, // 150.171.36.0
  2527799296, 12, // 150.171.40.0
  2527800320, 0, // 150.171.44.0
  2886729728, 21, // 172.16.0.0
  2887778304, 0, // 172.32.0.0
  3232235520, 21, // 192.168.0.0
  3232301056, 0, // 192.169.0.0
  3427780055, 12, // 204.79.197.215
  3427780056, 0 // 204.79.197.216
];
var pwRanges6 = [
  "26031006000000000000000000000000", 12, // 2603:1006::
  "26031006010000000000000000000000", 0, // 2603:1006:100::
  "26031006140000000000000000000000", 4, // 2603:1006:1400::
  "26031006150000000000000000000000", 0, // 2603:1006:1500::
  "26031006200000000000000000000000", 4, // 2603:1006:2000::
  "26031006200100000000000000000000", 0, // 2603:1006:2001::
  "26031007020000000000000000000000", 4, // 2603:1007:200::
  "26031007020100000000000000000000", 0, // 2603:1007:201::
  "26031016000000000000000000000000", 12, // 2603:1016::
  "26031016100000000000000000000000", 0, // 2603:1016:1000::
  "26031016140000000000000000000000", 4, // 2603:1016:1400::
  "26031016140100000000000000000000", 0, // 2603:1016:1401::
  "26031016240000000000000000000000", 4, // 2603:1016:2400::
  "26031016250000000000000000000000", 0, // 2603:1016:2500::
  "26031017000000000000000000000000", 4, // 2603:1017::
  "26031017000100000000000000000000", 0, // 2603:1017:1::
  "26031026000000000000000000000000", 12, // 2603:1026::
  "26031026100000000000000000000000", 0, // 2603:1026:1000::
  "26031026240000000000000000000000", 4, // 2603:1026:2400::
  "26031026250000000000000000000000", 0, // 2603:1026:2500::
  "26031026300000000000000000000000", 4, // 2603:1026:3000::
  "26031026300100000000000000000000", 0, // 2603:1026:3001::
  "26031027000000000000000000000000", 4, // 2603:1027::
  "26031027000200000000000000000000", 0, // 2603:1027:2::
  "26031036000000000000000000000000", 12, // 2603:1036::
  "26031036100000000000000000000000", 0, // 2603:1036:1000::
  "26031036240000000000000000000000", 4, // 2603:1036:2400::
  "26031036250000000000000000000000", 0, // 2603:1036:2500::
  "26031036300000000000000000000000", 4, // 2603:1036:3000::
  "26031036300100000000000000000000", 0, // 2603:1036:3001::
  "26031037000000000000000000000000", 4, // 2603:1037::
  "26031037000200000000000000000000", 0, // 2603:1037:2::
  "26031046000000000000000000000000", 12, // 2603:1046::
  "26031046100000000000000000000000", 0, // 2603:1046:1000::
  "26031046140000000000000000000000", 4, // 2603:1046:1400::
  "26031046150000000000000000000000", 0, // 2603:1046:1500::
  "26031046200000000000000000000000", 4, // 2603:1046:2000::
  "26031046200100000000000000000000", 0, // 2603:1046:2001::
  "26031047000000000000000000000000", 4, // 2603:1047::
  "26031047000200000000000000000000", 0, // 2603:1047:2::
  "26031056000000000000000000000000", 12, // 2603:1056::
  "26031056100000000000000000000000", 0, // 2603:1056:1000::
  "26031056140000000000000000000000", 4, // 2603:1056:1400::
  "26031056150000000000000000000000", 0, // 2603:1056:1500::
  "26031056200000000000000000000000", 4, // 2603:1056:2000::
  "26031056200100000000000000000000", 0, // 2603:1056:2001::
  "26031057000000000000000000000000", 4, // 2603:1057::
  "26031057000100000000000000000000", 0, // 2603:1057:1::
  "26031057000200000000000000000000", 4, // 2603:1057:2::
  "26031057000300000000000000000000", 0, // 2603:1057:3::
  "26031061130000000000000000000000", 12, // 2603:1061:1300::
  "26031061140000000000000000000000", 0, // 2603:1061:1400::
  "26031063000000000000000000000000", 4, // 2603:1063::
  "26031063040000000000000000000000", 0, // 2603:1063:400::
  "26031063200000000000000000000000", 4, // 2603:1063:2000::
  "26031063240000000000000000000000", 0, // 2603:1063:2400::
  "26031063600000000000000000000000", 12, // 2603:1063:6000::
  "26031063800000000000000000000000", 0, // 2603:1063:8000::
  "262001ec000400000000000000000152", 12, // 2620:1ec:4::152
  "262001ec000400000000000000000154", 0, // 2620:1ec:4::154
  "262001ec000400000000000000000192", 5, // 2620:1ec:4::192
  "262001ec000400000000000000000193", 0, // 2620:1ec:4::193
  "262001ec000600000000000000000000", 4, // 2620:1ec:6::
  "262001ec000700000000000000000000", 0, // 2620:1ec:7::
  "262001ec000c00000000000000000010", 12, // 2620:1ec:c::10
  "262001ec000c00000000000000000012", 0, // 2620:1ec:c::12
  "262001ec000c00000000000000000015", 4, // 2620:1ec:c::15
  "262001ec000c00000000000000000016", 0, // 2620:1ec:c::16
  "262001ec000d00000000000000000010", 12, // 2620:1ec:d::10
  "262001ec000d00000000000000000012", 0, // 2620:1ec:d::12
  "262001ec004000000000000000000000", 4, // 2620:1ec:40::
  "262001ec008000000000000000000000", 0, // 2620:1ec:80::
  "262001ec08f000000000000000000000", 12, // 2620:1ec:8f0::
  "262001ec08f400000000000000000000", 0, // 2620:1ec:8f4::
  "262001ec08f800000000000000000000", 12, // 2620:1ec:8f8::
  "262001ec08fc00000000000000000000", 0, // 2620:1ec:8fc::
  "262001ec08fc00000000000000000006", 4, // 2620:1ec:8fc::6
  "262001ec08fc00000000000000000007", 0, // 2620:1ec:8fc::7
  "262001ec090000000000000000000000", 12, // 2620:1ec:900::
  "262001ec090400000000000000000000", 0, // 2620:1ec:904::
  "262001ec090800000000000000000000", 12, // 2620:1ec:908::
  "262001ec090c00000000000000000000", 0, // 2620:1ec:90c::
  "262001ec0a9200000000000000000152", 12, // 2620:1ec:a92::152
  "262001ec0a9200000000000000000154", 0, // 2620:1ec:a92::154
  "262001ec0a9200000000000000000171", 4, // 2620:1ec:a92::171
  "262001ec0a9200000000000000000172", 0, // 2620:1ec:a92::172
  "262001ec0a9200000000000000000192", 5, // 2620:1ec:a92::192
  "262001ec0a9200000000000000000193", 0, // 2620:1ec:a92::193
  "2a010111f100200000000000a83e3019", 4, // 2a01:111:f100:2000::a83e:3019
  "2a010111f100200000000000a83e301a", 0, // 2a01:111:f100:2000::a83e:301a
  "2a010111f10020020000000089752d79", 4, // 2a01:111:f100:2002::8975:2d79
  "2a010111f10020020000000089752d7a", 0, // 2a01:111:f100:2002::8975:2d7a
  "2a010111f10020020000000089752da8", 4, // 2a01:111:f100:2002::8975:2da8
  "2a010111f10020020000000089752da9", 0, // 2a01:111:f100:2002::8975:2da9
  "2a010111f1007000000000006fdd6cd5", 4, // 2a01:111:f100:7000::6fdd:6cd5
  "2a010111f1007000000000006fdd6cd6", 0, // 2a01:111:f100:7000::6fdd:6cd6
  "2a010111f100a00400000000bfeb88cf", 4, // 2a01:111:f100:a004::bfeb:88cf
  "2a010111f100a00400000000bfeb88d0", 0, // 2a01:111:f100:a004::bfeb:88d0
  "2a010111f40000000000000000000000", 5, // 2a01:111:f400::
  "2a010111f40100000000000000000000", 0, // 2a01:111:f401::
  "2a010111f40200000000000000000000", 12, // 2a01:111:f402::
  "2a010111f40300000000000000000000", 5, // 2a01:111:f403::
  "2a010111f40400000000000000000000", 0 // 2a01:111:f404::
];

var pwSchemes = { "http://": 80, "ws://": 80, "https://": 443, "wss://": 443, "ftp://": 21 };

// The route of a host of which the first table, asked for it as it came, says nothing (-1) or might say more (-2).
function pwDecide(url, host, route) {
  var first = 0, address = null, name, says, i;
  if (route === -1) {
    name = host.toLowerCase();
  } else {
    address = host < "a" ? pwV4(host) : "";
    if (address === "") {
      name = pwHost(host);
      address = pwAddress(name);
    }
  }
  if (address !== null) {
    route = typeof address === "number" ? pwByV4(address, url) : pwByRange(pwRanges6, 0, pwRanges6.length / 2, address, url);
    return route >= 0 ? route : 2;
  }
  if (route === -1 && name === host) {
    // What the first table said need not be asked again.
    first = 1;
  }
  for (i = first; i < pwLayers.length; i++) {
    says = pwLayers[i].names[name];
    route = says > 0 ? pwOfPort(pwSays[says][0], url) : -1;
    if (route < 0) {
      route = pwAbove(pwLayers[i], url, name, true, true);
    }
    if (route >= 0) {
      return route;
    }
  }
  return 2; // web
}

// Up the suffixes of a name: the first that says something of the port decides; -1 when none does. A host as it came (not
// `folded`) is -2 where it must be looked at more closely: in lower case (unless it is `lower`), as an address, or by its last label.
function pwAbove(layer, url, host, lower, folded) {
  var names = layer.names, dot, next, suffix, says, row, route;
  // No suffix longer than the longest name is asked for.
  dot = host.indexOf(".", host.length - pwLongest - 1);
  while (dot >= 0) {
    next = host.indexOf(".", dot + 1);
    if (next < 0) {
      break;
    }
    suffix = host.substring(dot + 1);
    says = names[suffix];
    if (says) {
      row = pwSays[says];
      if (row[2] > 0 && !lower) {
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
  // No letter begins the last label: it may be an address.
  if (!folded && (dot < 0 || layer.dotted || !(host.charCodeAt(dot + 1) > 96))) {
    return -2;
  }
  return dot < 0 || layer.dotted ? pwByEnd(layer, url, host) : -1;
}

// What is said of the last label, of every name, and of names without a dot.
function pwByEnd(layer, url, host) {
  var dot = host.lastIndexOf("."), suffix = "." + host.substring(dot + 1), says = layer.ends[suffix], route = -1;
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
  // Most URLs are https and write no port: they are not taken apart. "0" comes right behind "/".
  if (!(url >= "https://" && url < "https:/0")) {
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
  var last, c;
  if (host.indexOf(":") >= 0) {
    return pwV6(host);
  }
  last = host.lastIndexOf(".");
  c = host.charCodeAt(last + 1);
  return c >= 48 && c <= 57 && /^([0-9]+|0x[0-9a-f]*)$/.test(host.substring(last + 1)) ? pwV4(host) : null;
}

// The numbers of an address by how they are written, which is one way each: 1e2 and 013 are no places of a list.
var pwBytes = {}, pwByte = 0;
while (pwByte < 256) {
  pwBytes[pwByte] = pwByte++;
}

function pwV4(text) {
  var parts = text.split("."), bytes = pwBytes, a = bytes[parts[0]], b = bytes[parts[1]], c = bytes[parts[2]], d = bytes[parts[3]];
  // What every object has of its own is no number.
  return a >= 0 && b >= 0 && c >= 0 && d >= 0 && parts.length === 4 ? ((a * 256 + b) * 256 + c) * 256 + d : "";
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

// What is said of the range an IPv4 address lies in.
function pwByV4(address, url) {
  var first = address >>> 24, low, high, second;
  if (pwFirst === null) {
    pwFirst = pwStarts(0, pwRanges4.length / 2, 0, 16777216);
  }
  low = pwFirst[first];
  high = pwFirst[first + 1];
  if (high - low > 15) {
    second = pwSecond[first] || (pwSecond[first] = pwStarts(low, high, first * 16777216, 65536));
    first = (address >>> 16) & 255;
    low = second[first];
    high = second[first + 1];
  }
  return pwByRange(pwRanges4, low, high, address, url);
}

// What is said of the last range that begins at an address or before it. The rows from `low` to `high` are searched.
function pwByRange(ranges, low, high, address, url) {
  var middle, route;
  while (low < high) {
    middle = (low + high) >> 1;
    if (ranges[middle * 2] <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  low = low > 0 ? ranges[low * 2 - 1] : 0;
  if (low > 0) {
    route = pwSays[low][0];
    return route < -1 ? pwOfPort(route, url) : route;
  }
  return -1;
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
