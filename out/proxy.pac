// Proxy auto-configuration of contoso-hq.
// Written by pacwright 0.1.0 from catalog 403c5b61c834; edits are lost with the next build.
// Why a host goes where it goes: pacwright explain https://HOST/
//
// 418 entries; 85 of them are not listed below, because the next less specific one
// (or the default, web) says the same. Ports: strict.

function FindProxyForURL(url, host) {
  return pwRoutes[pwDecide(pwHost(host), pwPort(url))];
}

var pwRoutes = [
  "DIRECT", // 0: direct
  "PROXY 127.0.0.1:9", // 1: block
  "PROXY proxy-a.contoso.example:8080; PROXY proxy-b.contoso.example:8080", // 2: web
  "PROXY cloud-proxy.contoso.example:8080" // 3: cloud
];

// What a table says of a port: the route of all other ports (-1: ask the next less specific name),
// then first port, last port, route; and so on.
var pwActions = [
  null,
  [1], // 1 = any port: block
  [-1, 80, 80, 3, 443, 443, 3], // 2 = 80: cloud, 443: cloud
  [-1, 443, 443, 3], // 3 = 443: cloud
  [-1, 80, 80, 0, 443, 443, 0], // 4 = 80: direct, 443: direct
  [-1, 80, 80, 3], // 5 = 80: cloud
  [0] // 6 = any port: direct
];

// Where to look, in this order. A name and everything below it stand under their own keys.
var pwLayers = [
{
names: { // the name itself
},
below: { // every name below
  ".bad.example": 1
},
globs: { // by the suffix they end in: more labels allowed (0 no, 1 at least one, 2 any), action, labels from the right
},
plain: 0 // names without a dot
},
{
names: { // the name itself
  ".api.aadrm.com": 2,
  ".www.acompli.com": 3,
  ".ajax.aspnetcdn.com": 2,
  ".aad.azure.com": 2,
  ".aadconnecthealth.azure.com": 2,
  ".ad.azure.com": 2,
  ".adf.azure.com": 2,
  ".applicationinsights.azure.com": 2,
  ".appservice.azure.com": 2,
  ".contoso-corpsensorapi.atp.azure.com": 3,
  ".bastion.azure.com": 2,
  ".batch.azure.com": 2,
  ".bmx.azure.com": 2,
  ".catalogapi.azure.com": 2,
  ".changeanalysis.azure.com": 2,
  ".cognitiveservices.azure.com": 2,
  ".ux.console.azure.com": 2,
  ".cosmos.azure.com": 2,
  ".dev.azure.com": 2,
  ".ext.azure.com": 2,
  ".functions.azure.com": 2,
  ".gallery.azure.com": 2,
  ".identitygovernance.azure.com": 2,
  ".iga.azure.com": 2,
  ".elm.iga.azure.com": 2,
  ".informationprotection.azure.com": 2,
  ".logic.azure.com": 2,
  ".management.azure.com": 2,
  ".marketplacedataprovider.azure.com": 2,
  ".main.prod.marketplacedataprovider.azure.com": 2,
  ".marketplaceemail.azure.com": 2,
  ".monitor.azure.com": 2,
  ".global.handler.control.monitor.azure.com": 3,
  ".japaneast.handler.control.monitor.azure.com": 3,
  ".japanwest.handler.control.monitor.azure.com": 3,
  ".mspim.azure.com": 2,
  ".api.azrbac.mspim.azure.com": 2,
  ".network.azure.com": 2,
  ".0a1b2c3d-0000-0000-0000-000000000000.ods.opinsights.azure.com": 3,
  ".portal.azure.com": 2,
  ".purview.azure.com": 2,
  ".quantum.azure.com": 2,
  ".search.azure.com": 2,
  ".shell.azure.com": 2,
  ".signup.azure.com": 2,
  ".storage.azure.com": 2,
  ".c.bing.com": 2,
  ".officespeech.platform.bing.com": 3,
  ".www.bing.com": 2,
  ".cacerts.digicert.com": 2,
  ".crl3.digicert.com": 2,
  ".crl4.digicert.com": 2,
  ".ocsp.digicert.com": 2,
  ".ocspx.digicert.com": 2,
  ".www.digicert.com": 2,
  ".partnerservices.getmicrosoftkey.com": 2,
  ".crl.globalsign.com": 2,
  ".ocsp.globalsign.com": 2,
  ".ocsp2.globalsign.com": 2,
  ".secure.globalsign.com": 2,
  ".crl.identrust.com": 2,
  ".isrg.trustid.ocsp.identrust.com": 2,
  ".platform.linkedin.com": 3,
  ".account.live.com": 2,
  ".c.live.com": 2,
  ".g.live.com": 2,
  ".login.live.com": 2,
  ".office.live.com": 2,
  ".officeapps.live.com": 3,
  ".signup.live.com": 2,
  ".storage.live.com": 3,
  ".www.microsoft365.com": 2,
  ".autologon.microsoftazuread-sso.com": 2,
  ".microsoftonline-p.com": 2,
  ".msidentity.com": 2,
  ".ocsp.msocsp.com": 2,
  ".outlook.office.com": 4,
  ".outlook.office365.com": 4,
  ".admin.onedrive.com": 2,
  ".www.onedrive.com": 3,
  ".join.secure.skypeassets.com": 3,
  ".sway.com": 3,
  ".www.sway.com": 3,
  ".eus-www.sway-cdn.com": 3,
  ".wus-www.sway-cdn.com": 3,
  ".eus-www.sway-extensions.com": 3,
  ".wus-www.sway-extensions.com": 3,
  ".archive.ubuntu.com": 2,
  ".changelogs.ubuntu.com": 2,
  ".entropy.ubuntu.com": 3,
  ".login.ubuntu.com": 3,
  ".motd.ubuntu.com": 3,
  ".security.ubuntu.com": 2,
  ".snapshot.ubuntu.com": 3,
  ".dc.services.visualstudio.com": 3,
  ".activity.windows.com": 3,
  ".adl.windows.com": 2,
  ".account.activedirectory.windowsazure.com": 2,
  ".ctldl.windowsupdate.com": 5,
  ".contoso.example": 6,
  ".api.loganalytics.io": 2,
  ".api.snapcraft.io": 3,
  ".dashboard.snapcraft.io": 3,
  ".outlook.cloud.microsoft": 4,
  ".teams.cloud.microsoft": 2,
  ".azure.status.microsoft": 2,
  ".aka.ms": 2,
  ".auth.gfx.ms": 2,
  ".mem.gfx.ms": 3,
  ".assets.onestore.ms": 3,
  ".oneclient.sfx.ms": 2,
  ".spoprod-a.akamaihd.net": 2,
  ".amp.azure.net": 3,
  ".arc.azure.net": 2,
  ".datalake.azure.net": 2,
  ".digitaltwins.azure.net": 2,
  ".eventhubs.azure.net": 2,
  ".media.azure.net": 2,
  ".rest.media.azure.net": 2,
  ".hosting.partners.azure.net": 2,
  ".hosting.portal.azure.net": 2,
  ".hosting-ms.portal.azure.net": 2,
  ".reactblade.portal.azure.net": 2,
  ".servicebus.azure.net": 2,
  ".sphere.azure.net": 2,
  ".storage.azure.net": 2,
  ".vault.azure.net": 2,
  ".catalogartifact.azureedge.net": 2,
  ".mlccdnprod.azureedge.net": 3,
  ".otelrules.azureedge.net": 2,
  ".dev.azuresynapse.net": 2,
  ".c.bing.net": 2,
  ".tse1.mm.bing.net": 2,
  ".officecdn.microsoft.com.edgesuite.net": 2,
  ".crl.globalsign.net": 2,
  ".apis.live.net": 3,
  ".clientconfig.microsoftonline-p.net": 2,
  ".msauth.net": 2,
  ".ocos-office365-s2s.msedge.net": 2,
  ".subscriptionrp.trafficmanager.net": 2,
  ".accounts.accesscontrol.windows.net": 2,
  ".asazure.windows.net": 2,
  ".enterpriseregistration.windows.net": 2,
  ".graph.windows.net": 2,
  ".kusto.windows.net": 2,
  ".help.kusto.windows.net": 2,
  ".login.windows.net": 2,
  ".servicebus.windows.net": 2,
  ".login.windows-ppe.net": 3,
  ".cert.int-x3.letsencrypt.org": 2
},
below: { // every name below
  ".cortana.ai": 3,
  ".aadrm.com": 3,
  ".assets-yammer.com": 3,
  ".aad.azure.com": 2,
  ".aadconnecthealth.azure.com": 2,
  ".applicationinsights.azure.com": 2,
  ".bmx.azure.com": 2,
  ".ext.azure.com": 2,
  ".informationprotection.azure.com": 3,
  ".portal.azure.com": 2,
  ".signup.azure.com": 2,
  ".azurerms.com": 3,
  ".appex.bing.com": 2,
  ".portal.cloudappsecurity.com": 3,
  ".geotrust.com": 2,
  ".hip.live.com": 2,
  ".officeapps.live.com": 2,
  ".lync.com": 2,
  ".microsoft.com": 2,
  ".microsoftonline.com": 2,
  ".microsoftonline-p.com": 2,
  ".microsoftusercontent.com": 3,
  ".msftidentity.com": 2,
  ".msidentity.com": 2,
  ".appex-rf.msn.com": 2,
  ".msocdn.com": 2,
  ".o365weve.com": 3,
  ".office.com": 2,
  ".office365.com": 2,
  ".omniroot.com": 2,
  ".onenote.com": 3,
  ".onmicrosoft.com": 2,
  ".outlook.com": 2,
  ".outlookmobile.com": 3,
  ".powerapps.com": 3,
  ".powerautomate.com": 3,
  ".public-trust.com": 2,
  ".sharepoint.com": 4,
  ".sharepointonline.com": 2,
  ".skype.com": 2,
  ".snapcraftcontent.com": 3,
  ".symcb.com": 2,
  ".symcd.com": 2,
  ".archive.ubuntu.com": 2,
  ".verisign.com": 2,
  ".activity.windows.com": 3,
  ".wns.windows.com": 2,
  ".yammer.com": 3,
  ".yammerusercontent.com": 3,
  ".contoso.example": 6,
  ".cloud.microsoft": 3,
  ".teams.cloud.microsoft": 2,
  ".static.microsoft": 3,
  ".usercontent.microsoft": 3,
  ".svc.ms": 2,
  ".acompli.net": 3,
  ".arc.azure.net": 2,
  ".hosting.portal.azure.net": 2,
  ".hosting-ms.portal.azure.net": 2,
  ".reactblade.portal.azure.net": 2,
  ".azure-apim.net": 3,
  ".entrust.net": 2,
  ".msauth.net": 2,
  ".msauthimages.net": 2,
  ".msecnd.net": 2,
  ".msftauth.net": 2,
  ".msftauthimages.net": 2,
  ".office.net": 2,
  ".phonefactor.net": 2,
  ".search.production.apac.trafficmanager.net": 3,
  ".search.production.emea.trafficmanager.net": 3,
  ".subscriptionrp.trafficmanager.net": 2,
  ".search.production.us.trafficmanager.net": 3,
  ".verisign.net": 2,
  ".virtualearth.net": 2,
  ".graph.windows.net": 2,
  ".keydelivery.mediaservices.windows.net": 3,
  ".streaming.mediaservices.windows.net": 3
},
globs: { // by the suffix they end in: more labels allowed (0 no, 1 at least one, 2 any), action, labels from the right
  ".onenote.net": [
    [0, 3, "*cdn"] // *cdn.onenote.net
  ],
  ".onmicrosoft.com": [
    [0, 2, "*", "autodiscover"] // autodiscover.*.onmicrosoft.com
  ]
},
plain: 6 // names without a dot
}
];

// Hosts written as an address: first address of a range, action; 0 = nothing.
var pwRanges4 = [
  167772160, 6, // 10.0.0.0
  184549376, 0, // 11.0.0.0
  225117848, 4, // 13.107.6.152
  225117850, 0, // 13.107.6.154
  225117867, 2, // 13.107.6.171
  225117868, 0, // 13.107.6.172
  225117888, 3, // 13.107.6.192
  225117889, 0, // 13.107.6.193
  225118656, 3, // 13.107.9.192
  225118657, 0, // 13.107.9.193
  225120778, 4, // 13.107.18.10
  225120780, 0, // 13.107.18.12
  225120783, 2, // 13.107.18.15
  225120784, 0, // 13.107.18.16
  225148928, 4, // 13.107.128.0
  225149952, 0, // 13.107.132.0
  225150976, 4, // 13.107.136.0
  225152000, 0, // 13.107.140.0
  225152006, 2, // 13.107.140.6
  225152007, 0, // 13.107.140.7
  336863232, 2, // 20.20.32.0
  336871424, 0, // 20.20.64.0
  348028928, 2, // 20.190.128.0
  348045312, 0, // 20.190.192.0
  350715904, 2, // 20.231.128.0
  350724096, 0, // 20.231.160.0
  392667136, 4, // 23.103.160.0
  392671232, 0, // 23.103.176.0
  677117952, 3, // 40.92.0.0
  677249024, 0, // 40.94.0.0
  677380096, 4, // 40.96.0.0
  678035456, 0, // 40.106.0.0
  678100992, 3, // 40.107.0.0
  678166528, 0, // 40.108.0.0
  678199296, 4, // 40.108.128.0
  678232064, 0, // 40.109.0.0
  679346176, 2, // 40.126.0.0
  679362560, 0, // 40.126.64.0
  878706688, 4, // 52.96.0.0
  878968832, 3, // 52.100.0.0
  879230976, 4, // 52.104.0.0
  879493120, 2, // 52.108.0.0
  880017408, 0, // 52.116.0.0
  880410624, 2, // 52.122.0.0
  880541696, 0, // 52.124.0.0
  888032856, 3, // 52.238.78.88
  888032857, 0, // 52.238.78.89
  888415656, 2, // 52.244.37.168
  888415657, 0, // 52.244.37.169
  1747910656, 3, // 104.47.0.0
  1747943424, 0, // 104.47.128.0
  1754431488, 4, // 104.146.128.0
  1754464256, 0, // 104.147.0.0
  2214404567, 4, // 131.253.33.215
  2214404568, 0, // 131.253.33.216
  2230648832, 4, // 132.245.0.0
  2230714368, 0, // 132.246.0.0
  2527797248, 4, // 150.171.32.0
  2527798272, 0, // 150.171.36.0
  2527799296, 4, // 150.171.40.0
  2527800320, 0, // 150.171.44.0
  2886729728, 6, // 172.16.0.0
  2887778304, 0, // 172.32.0.0
  3232235520, 6, // 192.168.0.0
  3232301056, 0, // 192.169.0.0
  3427780055, 4, // 204.79.197.215
  3427780056, 0 // 204.79.197.216
];
var pwRanges6 = [
  "26031006000000000000000000000000", 4, // 2603:1006::
  "26031006010000000000000000000000", 0, // 2603:1006:100::
  "26031006140000000000000000000000", 2, // 2603:1006:1400::
  "26031006150000000000000000000000", 0, // 2603:1006:1500::
  "26031006200000000000000000000000", 2, // 2603:1006:2000::
  "26031006200100000000000000000000", 0, // 2603:1006:2001::
  "26031007020000000000000000000000", 2, // 2603:1007:200::
  "26031007020100000000000000000000", 0, // 2603:1007:201::
  "26031016000000000000000000000000", 4, // 2603:1016::
  "26031016100000000000000000000000", 0, // 2603:1016:1000::
  "26031016140000000000000000000000", 2, // 2603:1016:1400::
  "26031016140100000000000000000000", 0, // 2603:1016:1401::
  "26031016240000000000000000000000", 2, // 2603:1016:2400::
  "26031016250000000000000000000000", 0, // 2603:1016:2500::
  "26031017000000000000000000000000", 2, // 2603:1017::
  "26031017000100000000000000000000", 0, // 2603:1017:1::
  "26031026000000000000000000000000", 4, // 2603:1026::
  "26031026100000000000000000000000", 0, // 2603:1026:1000::
  "26031026240000000000000000000000", 2, // 2603:1026:2400::
  "26031026250000000000000000000000", 0, // 2603:1026:2500::
  "26031026300000000000000000000000", 2, // 2603:1026:3000::
  "26031026300100000000000000000000", 0, // 2603:1026:3001::
  "26031027000000000000000000000000", 2, // 2603:1027::
  "26031027000200000000000000000000", 0, // 2603:1027:2::
  "26031036000000000000000000000000", 4, // 2603:1036::
  "26031036100000000000000000000000", 0, // 2603:1036:1000::
  "26031036240000000000000000000000", 2, // 2603:1036:2400::
  "26031036250000000000000000000000", 0, // 2603:1036:2500::
  "26031036300000000000000000000000", 2, // 2603:1036:3000::
  "26031036300100000000000000000000", 0, // 2603:1036:3001::
  "26031037000000000000000000000000", 2, // 2603:1037::
  "26031037000200000000000000000000", 0, // 2603:1037:2::
  "26031046000000000000000000000000", 4, // 2603:1046::
  "26031046100000000000000000000000", 0, // 2603:1046:1000::
  "26031046140000000000000000000000", 2, // 2603:1046:1400::
  "26031046150000000000000000000000", 0, // 2603:1046:1500::
  "26031046200000000000000000000000", 2, // 2603:1046:2000::
  "26031046200100000000000000000000", 0, // 2603:1046:2001::
  "26031047000000000000000000000000", 2, // 2603:1047::
  "26031047000200000000000000000000", 0, // 2603:1047:2::
  "26031056000000000000000000000000", 4, // 2603:1056::
  "26031056100000000000000000000000", 0, // 2603:1056:1000::
  "26031056140000000000000000000000", 2, // 2603:1056:1400::
  "26031056150000000000000000000000", 0, // 2603:1056:1500::
  "26031056200000000000000000000000", 2, // 2603:1056:2000::
  "26031056200100000000000000000000", 0, // 2603:1056:2001::
  "26031057000000000000000000000000", 2, // 2603:1057::
  "26031057000100000000000000000000", 0, // 2603:1057:1::
  "26031057000200000000000000000000", 2, // 2603:1057:2::
  "26031057000300000000000000000000", 0, // 2603:1057:3::
  "26031061130000000000000000000000", 4, // 2603:1061:1300::
  "26031061140000000000000000000000", 0, // 2603:1061:1400::
  "26031063000000000000000000000000", 2, // 2603:1063::
  "26031063040000000000000000000000", 0, // 2603:1063:400::
  "26031063200000000000000000000000", 2, // 2603:1063:2000::
  "26031063240000000000000000000000", 0, // 2603:1063:2400::
  "26031063600000000000000000000000", 4, // 2603:1063:6000::
  "26031063800000000000000000000000", 0, // 2603:1063:8000::
  "262001ec000400000000000000000152", 4, // 2620:1ec:4::152
  "262001ec000400000000000000000154", 0, // 2620:1ec:4::154
  "262001ec000400000000000000000192", 3, // 2620:1ec:4::192
  "262001ec000400000000000000000193", 0, // 2620:1ec:4::193
  "262001ec000600000000000000000000", 2, // 2620:1ec:6::
  "262001ec000700000000000000000000", 0, // 2620:1ec:7::
  "262001ec000c00000000000000000010", 4, // 2620:1ec:c::10
  "262001ec000c00000000000000000012", 0, // 2620:1ec:c::12
  "262001ec000c00000000000000000015", 2, // 2620:1ec:c::15
  "262001ec000c00000000000000000016", 0, // 2620:1ec:c::16
  "262001ec000d00000000000000000010", 4, // 2620:1ec:d::10
  "262001ec000d00000000000000000012", 0, // 2620:1ec:d::12
  "262001ec004000000000000000000000", 2, // 2620:1ec:40::
  "262001ec008000000000000000000000", 0, // 2620:1ec:80::
  "262001ec08f000000000000000000000", 4, // 2620:1ec:8f0::
  "262001ec08f400000000000000000000", 0, // 2620:1ec:8f4::
  "262001ec08f800000000000000000000", 4, // 2620:1ec:8f8::
  "262001ec08fc00000000000000000000", 0, // 2620:1ec:8fc::
  "262001ec08fc00000000000000000006", 2, // 2620:1ec:8fc::6
  "262001ec08fc00000000000000000007", 0, // 2620:1ec:8fc::7
  "262001ec090000000000000000000000", 4, // 2620:1ec:900::
  "262001ec090400000000000000000000", 0, // 2620:1ec:904::
  "262001ec090800000000000000000000", 4, // 2620:1ec:908::
  "262001ec090c00000000000000000000", 0, // 2620:1ec:90c::
  "262001ec0a9200000000000000000152", 4, // 2620:1ec:a92::152
  "262001ec0a9200000000000000000154", 0, // 2620:1ec:a92::154
  "262001ec0a9200000000000000000171", 2, // 2620:1ec:a92::171
  "262001ec0a9200000000000000000172", 0, // 2620:1ec:a92::172
  "262001ec0a9200000000000000000192", 3, // 2620:1ec:a92::192
  "262001ec0a9200000000000000000193", 0, // 2620:1ec:a92::193
  "2a010111f100200000000000a83e3019", 2, // 2a01:111:f100:2000::a83e:3019
  "2a010111f100200000000000a83e301a", 0, // 2a01:111:f100:2000::a83e:301a
  "2a010111f10020020000000089752d79", 2, // 2a01:111:f100:2002::8975:2d79
  "2a010111f10020020000000089752d7a", 0, // 2a01:111:f100:2002::8975:2d7a
  "2a010111f10020020000000089752da8", 2, // 2a01:111:f100:2002::8975:2da8
  "2a010111f10020020000000089752da9", 0, // 2a01:111:f100:2002::8975:2da9
  "2a010111f1007000000000006fdd6cd5", 2, // 2a01:111:f100:7000::6fdd:6cd5
  "2a010111f1007000000000006fdd6cd6", 0, // 2a01:111:f100:7000::6fdd:6cd6
  "2a010111f100a00400000000bfeb88cf", 2, // 2a01:111:f100:a004::bfeb:88cf
  "2a010111f100a00400000000bfeb88d0", 0, // 2a01:111:f100:a004::bfeb:88d0
  "2a010111f40000000000000000000000", 3, // 2a01:111:f400::
  "2a010111f40100000000000000000000", 0, // 2a01:111:f401::
  "2a010111f40200000000000000000000", 4, // 2a01:111:f402::
  "2a010111f40300000000000000000000", 3, // 2a01:111:f403::
  "2a010111f40400000000000000000000", 0 // 2a01:111:f404::
];

var pwSchemes = { ".http": 80, ".ws": 80, ".https": 443, ".wss": 443, ".ftp": 21 };

// The host in normal form: lower case, without brackets and without one trailing dot.
function pwHost(host) {
  var name = host.toLowerCase(), last = name.length - 1;
  if (name.charAt(0) === "[" && name.charAt(last) === "]") {
    return name.substring(1, last);
  }
  return name.charAt(last) === "." ? name.substring(0, last) : name;
}

// The port of a URL, as written or by its scheme; -1 when neither tells.
function pwPort(url) {
  var colon = url.indexOf("://"), rest, end, i, digits;
  if (colon < 0) {
    return -1;
  }
  rest = url.substring(colon + 3);
  for (i = 0; i < 3; i++) {
    end = rest.indexOf("/?#".charAt(i));
    if (end >= 0) {
      rest = rest.substring(0, end);
    }
  }
  rest = rest.substring(rest.lastIndexOf("@") + 1);
  end = rest.lastIndexOf(":");
  if (end > rest.lastIndexOf("]")) {
    digits = rest.substring(end + 1);
    if (digits !== "" && !/[^0-9]/.test(digits)) {
      return parseInt(digits, 10);
    }
  }
  return pwSchemes["." + url.substring(0, colon).toLowerCase()] || -1;
}

function pwDecide(host, port) {
  var address = pwAddress(host), i, route;
  if (address !== null) {
    route = pwByAddress(address, port);
    return route >= 0 ? route : 2;
  }
  for (i = 0; i < pwLayers.length; i++) {
    route = pwByName(pwLayers[i], host, port);
    if (route >= 0) {
      return route;
    }
  }
  return 2; // web
}

// What an action says of a port; -1 when it says nothing.
function pwSay(action, port) {
  var row = pwActions[action], i;
  for (i = 1; i < row.length; i += 3) {
    if (port >= row[i] && port <= row[i + 1]) {
      return row[i + 2];
    }
  }
  return row[0];
}

// From the whole name up its suffixes: the first that says something of the port decides.
// Keys begin with a dot, so that no name can be mistaken for a property every object has.
function pwByName(layer, host, port) {
  var name = "." + host, action = layer.names[name], dot = 0, route, suffix, rows;
  if (action) {
    route = pwSay(action, port);
    if (route >= 0) {
      return route;
    }
  }
  do {
    dot = name.indexOf(".", dot + 1);
    suffix = dot < 0 ? "." : name.substring(dot);
    rows = layer.globs[suffix];
    if (rows) {
      route = pwGlobs(rows, dot < 0 ? host : name.substring(1, dot), port);
      if (route >= 0) {
        return route;
      }
    }
    action = layer.below[suffix];
    if (action) {
      route = pwSay(action, port);
      if (route >= 0) {
        return route;
      }
    }
  } while (dot >= 0);
  return layer.plain && host !== "" && host.indexOf(".") < 0 ? pwSay(layer.plain, port) : -1;
}

// Patterns with a star inside a label, tried on the labels left of their suffix.
function pwGlobs(rows, rest, port) {
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
      route = pwSay(row[1], port);
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
  var parts = text.split("."), value = 0, i;
  if (parts.length !== 4) {
    return "";
  }
  for (i = 0; i < 4; i++) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(parts[i]) || parts[i] > 255) {
      return "";
    }
    value = value * 256 + (+parts[i]);
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
  return out;
}

// The action of the range an address lies in.
function pwByAddress(address, port) {
  var table = typeof address === "number" ? pwRanges4 : pwRanges6, low = 0, high = table.length / 2, middle;
  while (low < high) {
    middle = Math.floor((low + high) / 2);
    if (table[middle * 2] <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low > 0 && table[low * 2 - 1] ? pwSay(table[low * 2 - 1], port) : -1;
}
