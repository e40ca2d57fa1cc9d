// Proxy auto-configuration of contoso-hq.
// Written by pacwright 0.1.0 from catalog 905c2385e255; edits are lost with the next build.
// Why a host goes where it goes: pacwright explain https://HOST/
//
// 474 entries; 94 of them are not listed below, because the next less specific one
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
  [-1, 80, 80, 3], // 2 = 80: cloud
  [-1, 80, 80, 3, 443, 443, 3], // 3 = 80: cloud, 443: cloud
  [-1, 443, 443, 3], // 4 = 443: cloud
  [-1, 80, 80, 0, 443, 443, 0], // 5 = 80: direct, 443: direct
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
  ".cacerts.digicert.cn": 2,
  ".crl.digicert.cn": 2,
  ".ocsp.digicert.cn": 2,
  ".api.aadrm.com": 3,
  ".www.acompli.com": 4,
  ".ajax.aspnetcdn.com": 3,
  ".aad.azure.com": 3,
  ".aadconnecthealth.azure.com": 3,
  ".ad.azure.com": 3,
  ".adf.azure.com": 3,
  ".applicationinsights.azure.com": 3,
  ".appservice.azure.com": 3,
  ".contoso-corpsensorapi.atp.azure.com": 4,
  ".bastion.azure.com": 3,
  ".batch.azure.com": 3,
  ".bmx.azure.com": 3,
  ".catalogapi.azure.com": 3,
  ".changeanalysis.azure.com": 3,
  ".cognitiveservices.azure.com": 3,
  ".ux.console.azure.com": 3,
  ".cosmos.azure.com": 3,
  ".dev.azure.com": 3,
  ".ext.azure.com": 3,
  ".functions.azure.com": 3,
  ".gallery.azure.com": 3,
  ".identitygovernance.azure.com": 3,
  ".iga.azure.com": 3,
  ".elm.iga.azure.com": 3,
  ".informationprotection.azure.com": 3,
  ".logic.azure.com": 3,
  ".management.azure.com": 3,
  ".marketplacedataprovider.azure.com": 3,
  ".main.prod.marketplacedataprovider.azure.com": 3,
  ".marketplaceemail.azure.com": 3,
  ".monitor.azure.com": 3,
  ".global.handler.control.monitor.azure.com": 4,
  ".japaneast.handler.control.monitor.azure.com": 4,
  ".japanwest.handler.control.monitor.azure.com": 4,
  ".mspim.azure.com": 3,
  ".api.azrbac.mspim.azure.com": 3,
  ".network.azure.com": 3,
  ".0a1b2c3d-0000-0000-0000-000000000000.ods.opinsights.azure.com": 4,
  ".portal.azure.com": 3,
  ".purview.azure.com": 3,
  ".quantum.azure.com": 3,
  ".search.azure.com": 3,
  ".shell.azure.com": 3,
  ".signup.azure.com": 3,
  ".storage.azure.com": 3,
  ".c.bing.com": 3,
  ".officespeech.platform.bing.com": 4,
  ".www.bing.com": 3,
  ".cacerts.digicert.com": 3,
  ".crl3.digicert.com": 3,
  ".crl4.digicert.com": 3,
  ".ocsp.digicert.com": 3,
  ".ocspx.digicert.com": 3,
  ".www.digicert.com": 3,
  ".partnerservices.getmicrosoftkey.com": 3,
  ".crl.globalsign.com": 3,
  ".ocsp.globalsign.com": 3,
  ".ocsp2.globalsign.com": 3,
  ".secure.globalsign.com": 3,
  ".crl.identrust.com": 3,
  ".isrg.trustid.ocsp.identrust.com": 3,
  ".platform.linkedin.com": 4,
  ".account.live.com": 3,
  ".c.live.com": 3,
  ".g.live.com": 3,
  ".login.live.com": 3,
  ".office.live.com": 3,
  ".officeapps.live.com": 4,
  ".signup.live.com": 3,
  ".storage.live.com": 4,
  ".www.microsoft365.com": 3,
  ".autologon.microsoftazuread-sso.com": 3,
  ".microsoftonline-p.com": 3,
  ".ipv6.msftconnecttest.com": 2,
  ".www.msftconnecttest.com": 3,
  ".msidentity.com": 3,
  ".ocsp.msocsp.com": 3,
  ".outlook.office.com": 5,
  ".outlook.office365.com": 5,
  ".admin.onedrive.com": 3,
  ".www.onedrive.com": 4,
  ".join.secure.skypeassets.com": 4,
  ".sway.com": 4,
  ".www.sway.com": 4,
  ".eus-www.sway-cdn.com": 4,
  ".wus-www.sway-cdn.com": 4,
  ".eus-www.sway-extensions.com": 4,
  ".wus-www.sway-extensions.com": 4,
  ".archive.ubuntu.com": 3,
  ".changelogs.ubuntu.com": 3,
  ".entropy.ubuntu.com": 4,
  ".login.ubuntu.com": 4,
  ".motd.ubuntu.com": 4,
  ".security.ubuntu.com": 3,
  ".snapshot.ubuntu.com": 4,
  ".dc.services.visualstudio.com": 4,
  ".activity.windows.com": 4,
  ".adl.windows.com": 3,
  ".account.activedirectory.windowsazure.com": 3,
  ".ctldl.windowsupdate.com": 3,
  ".contoso.example": 6,
  ".api.loganalytics.io": 3,
  ".api.snapcraft.io": 4,
  ".dashboard.snapcraft.io": 4,
  ".outlook.cloud.microsoft": 5,
  ".teams.cloud.microsoft": 3,
  ".azure.status.microsoft": 3,
  ".aka.ms": 3,
  ".auth.gfx.ms": 3,
  ".mem.gfx.ms": 4,
  ".assets.onestore.ms": 4,
  ".oneclient.sfx.ms": 3,
  ".spoprod-a.akamaihd.net": 3,
  ".amp.azure.net": 4,
  ".arc.azure.net": 3,
  ".datalake.azure.net": 3,
  ".digitaltwins.azure.net": 3,
  ".eventhubs.azure.net": 3,
  ".media.azure.net": 3,
  ".rest.media.azure.net": 3,
  ".hosting.partners.azure.net": 3,
  ".hosting.portal.azure.net": 3,
  ".hosting-ms.portal.azure.net": 3,
  ".reactblade.portal.azure.net": 3,
  ".servicebus.azure.net": 3,
  ".sphere.azure.net": 3,
  ".storage.azure.net": 3,
  ".vault.azure.net": 3,
  ".catalogartifact.azureedge.net": 3,
  ".mlccdnprod.azureedge.net": 4,
  ".otelrules.azureedge.net": 3,
  ".dev.azuresynapse.net": 3,
  ".c.bing.net": 3,
  ".tse1.mm.bing.net": 3,
  ".root-c3-ca2-2009.ocsp.d-trust.net": 2,
  ".www.d-trust.net": 2,
  ".officecdn.microsoft.com.edgesuite.net": 3,
  ".crl.globalsign.net": 3,
  ".apis.live.net": 4,
  ".clientconfig.microsoftonline-p.net": 3,
  ".msauth.net": 3,
  ".ocos-office365-s2s.msedge.net": 3,
  ".subscriptionrp.trafficmanager.net": 3,
  ".accounts.accesscontrol.windows.net": 3,
  ".asazure.windows.net": 3,
  ".enterpriseregistration.windows.net": 3,
  ".graph.windows.net": 3,
  ".kusto.windows.net": 3,
  ".help.kusto.windows.net": 3,
  ".login.windows.net": 3,
  ".servicebus.windows.net": 3,
  ".login.windows-ppe.net": 4,
  ".cert.int-x3.letsencrypt.org": 3
},
below: { // every name below
  ".cortana.ai": 4,
  ".aadrm.com": 4,
  ".assets-yammer.com": 4,
  ".aad.azure.com": 3,
  ".aadconnecthealth.azure.com": 3,
  ".applicationinsights.azure.com": 3,
  ".bmx.azure.com": 3,
  ".ext.azure.com": 3,
  ".informationprotection.azure.com": 4,
  ".portal.azure.com": 3,
  ".signup.azure.com": 3,
  ".azurerms.com": 4,
  ".appex.bing.com": 3,
  ".portal.cloudappsecurity.com": 4,
  ".geotrust.com": 3,
  ".hip.live.com": 3,
  ".officeapps.live.com": 3,
  ".lync.com": 3,
  ".microsoft.com": 3,
  ".microsoftonline.com": 3,
  ".microsoftonline-p.com": 3,
  ".microsoftusercontent.com": 4,
  ".msftidentity.com": 3,
  ".msidentity.com": 3,
  ".appex-rf.msn.com": 3,
  ".msocdn.com": 3,
  ".o365weve.com": 4,
  ".office.com": 3,
  ".office365.com": 3,
  ".omniroot.com": 3,
  ".onenote.com": 4,
  ".onmicrosoft.com": 3,
  ".outlook.com": 3,
  ".outlookmobile.com": 4,
  ".powerapps.com": 4,
  ".powerautomate.com": 4,
  ".public-trust.com": 3,
  ".sharepoint.com": 5,
  ".sharepointonline.com": 3,
  ".skype.com": 3,
  ".snapcraftcontent.com": 4,
  ".symcb.com": 3,
  ".symcd.com": 3,
  ".archive.ubuntu.com": 3,
  ".verisign.com": 3,
  ".activity.windows.com": 4,
  ".wns.windows.com": 3,
  ".windowsupdate.com": 2,
  ".yammer.com": 4,
  ".yammerusercontent.com": 4,
  ".contoso.example": 6,
  ".cloud.microsoft": 4,
  ".teams.cloud.microsoft": 3,
  ".static.microsoft": 4,
  ".usercontent.microsoft": 4,
  ".svc.ms": 3,
  ".acompli.net": 4,
  ".arc.azure.net": 3,
  ".hosting.portal.azure.net": 3,
  ".hosting-ms.portal.azure.net": 3,
  ".reactblade.portal.azure.net": 3,
  ".azure-apim.net": 4,
  ".entrust.net": 3,
  ".msauth.net": 3,
  ".msauthimages.net": 3,
  ".msecnd.net": 3,
  ".msftauth.net": 3,
  ".msftauthimages.net": 3,
  ".office.net": 3,
  ".phonefactor.net": 3,
  ".search.production.apac.trafficmanager.net": 4,
  ".search.production.emea.trafficmanager.net": 4,
  ".subscriptionrp.trafficmanager.net": 3,
  ".search.production.us.trafficmanager.net": 4,
  ".verisign.net": 3,
  ".virtualearth.net": 3,
  ".graph.windows.net": 3,
  ".keydelivery.mediaservices.windows.net": 4,
  ".streaming.mediaservices.windows.net": 4
},
globs: { // by the suffix they end in: more labels allowed (0 no, 1 at least one, 2 any), action, labels from the right
  ".onenote.net": [
    [0, 4, "*cdn"] // *cdn.onenote.net
  ],
  ".onmicrosoft.com": [
    [0, 3, "*", "autodiscover"] // autodiscover.*.onmicrosoft.com
  ]
},
plain: 6 // names without a dot
}
];

// Hosts written as an address: first address of a range, action; 0 = nothing.
var pwRanges4 = [
  167772160, 6, // 10.0.0.0
  184549376, 0, // 11.0.0.0
  225117848, 5, // 13.107.6.152
  225117850, 0, // 13.107.6.154
  225117867, 3, // 13.107.6.171
  225117868, 0, // 13.107.6.172
  225117888, 4, // 13.107.6.192
  225117889, 0, // 13.107.6.193
  225118656, 4, // 13.107.9.192
  225118657, 0, // 13.107.9.193
  225120778, 5, // 13.107.18.10
  225120780, 0, // 13.107.18.12
  225120783, 3, // 13.107.18.15
  225120784, 0, // 13.107.18.16
  225148928, 5, // 13.107.128.0
  225149952, 0, // 13.107.132.0
  225150976, 5, // 13.107.136.0
  225152000, 0, // 13.107.140.0
  225152006, 3, // 13.107.140.6
  225152007, 0, // 13.107.140.7
  336863232, 3, // 20.20.32.0
  336871424, 0, // 20.20.64.0
  348028928, 3, // 20.190.128.0
  348045312, 0, // 20.190.192.0
  350715904, 3, // 20.231.128.0
  350724096, 0, // 20.231.160.0
  392667136, 5, // 23.103.160.0
  392671232, 0, // 23.103.176.0
  677117952, 4, // 40.92.0.0
  677249024, 0, // 40.94.0.0
  677380096, 5, // 40.96.0.0
  678035456, 0, // 40.106.0.0
  678100992, 4, // 40.107.0.0
  678166528, 0, // 40.108.0.0
  678199296, 5, // 40.108.128.0
  678232064, 0, // 40.109.0.0
  679346176, 3, // 40.126.0.0
  679362560, 0, // 40.126.64.0
  878706688, 5, // 52.96.0.0
  878968832, 4, // 52.100.0.0
  879230976, 5, // 52.104.0.0
  879493120, 3, // 52.108.0.0
  880017408, 0, // 52.116.0.0
  880410624, 3, // 52.122.0.0
  880541696, 0, // 52.124.0.0
  888032856, 4, // 52.238.78.88
  888032857, 0, // 52.238.78.89
  888415656, 3, // 52.244.37.168
  888415657, 0, // 52.244.37.169
  1747910656, 4, // 104.47.0.0
  1747943424, 0, // 104.47.128.0
  1754431488, 5, // 104.146.128.0
  1754464256, 0, // 104.147.0.0
  2214404567, 5, // 131.253.33.215
  2214404568, 0, // 131.253.33.216
  2230648832, 5, // 132.245.0.0
  2230714368, 0, // 132.246.0.0
  2527797248, 5, // 150.171.32.0
  2527798272, 0, // 150.171.36.0
  2527799296, 5, // 150.171.40.0
  2527800320, 0, // 150.171.44.0
  2886729728, 6, // 172.16.0.0
  2887778304, 0, // 172.32.0.0
  3232235520, 6, // 192.168.0.0
  3232301056, 0, // 192.169.0.0
  3427780055, 5, // 204.79.197.215
  3427780056, 0 // 204.79.197.216
];
var pwRanges6 = [
  "26031006000000000000000000000000", 5, // 2603:1006::
  "26031006010000000000000000000000", 0, // 2603:1006:100::
  "26031006140000000000000000000000", 3, // 2603:1006:1400::
  "26031006150000000000000000000000", 0, // 2603:1006:1500::
  "26031006200000000000000000000000", 3, // 2603:1006:2000::
  "26031006200100000000000000000000", 0, // 2603:1006:2001::
  "26031007020000000000000000000000", 3, // 2603:1007:200::
  "26031007020100000000000000000000", 0, // 2603:1007:201::
  "26031016000000000000000000000000", 5, // 2603:1016::
  "26031016100000000000000000000000", 0, // 2603:1016:1000::
  "26031016140000000000000000000000", 3, // 2603:1016:1400::
  "26031016140100000000000000000000", 0, // 2603:1016:1401::
  "26031016240000000000000000000000", 3, // 2603:1016:2400::
  "26031016250000000000000000000000", 0, // 2603:1016:2500::
  "26031017000000000000000000000000", 3, // 2603:1017::
  "26031017000100000000000000000000", 0, // 2603:1017:1::
  "26031026000000000000000000000000", 5, // 2603:1026::
  "26031026100000000000000000000000", 0, // 2603:1026:1000::
  "26031026240000000000000000000000", 3, // 2603:1026:2400::
  "26031026250000000000000000000000", 0, // 2603:1026:2500::
  "26031026300000000000000000000000", 3, // 2603:1026:3000::
  "26031026300100000000000000000000", 0, // 2603:1026:3001::
  "26031027000000000000000000000000", 3, // 2603:1027::
  "26031027000200000000000000000000", 0, // 2603:1027:2::
  "26031036000000000000000000000000", 5, // 2603:1036::
  "26031036100000000000000000000000", 0, // 2603:1036:1000::
  "26031036240000000000000000000000", 3, // 2603:1036:2400::
  "26031036250000000000000000000000", 0, // 2603:1036:2500::
  "26031036300000000000000000000000", 3, // 2603:1036:3000::
  "26031036300100000000000000000000", 0, // 2603:1036:3001::
  "26031037000000000000000000000000", 3, // 2603:1037::
  "26031037000200000000000000000000", 0, // 2603:1037:2::
  "26031046000000000000000000000000", 5, // 2603:1046::
  "26031046100000000000000000000000", 0, // 2603:1046:1000::
  "26031046140000000000000000000000", 3, // 2603:1046:1400::
  "26031046150000000000000000000000", 0, // 2603:1046:1500::
  "26031046200000000000000000000000", 3, // 2603:1046:2000::
  "26031046200100000000000000000000", 0, // 2603:1046:2001::
  "26031047000000000000000000000000", 3, // 2603:1047::
  "26031047000200000000000000000000", 0, // 2603:1047:2::
  "26031056000000000000000000000000", 5, // 2603:1056::
  "26031056100000000000000000000000", 0, // 2603:1056:1000::
  "26031056140000000000000000000000", 3, // 2603:1056:1400::
  "26031056150000000000000000000000", 0, // 2603:1056:1500::
  "26031056200000000000000000000000", 3, // 2603:1056:2000::
  "26031056200100000000000000000000", 0, // 2603:1056:2001::
  "26031057000000000000000000000000", 3, // 2603:1057::
  "26031057000100000000000000000000", 0, // 2603:1057:1::
  "26031057000200000000000000000000", 3, // 2603:1057:2::
  "26031057000300000000000000000000", 0, // 2603:1057:3::
  "26031061130000000000000000000000", 5, // 2603:1061:1300::
  "26031061140000000000000000000000", 0, // 2603:1061:1400::
  "26031063000000000000000000000000", 3, // 2603:1063::
  "26031063040000000000000000000000", 0, // 2603:1063:400::
  "26031063200000000000000000000000", 3, // 2603:1063:2000::
  "26031063240000000000000000000000", 0, // 2603:1063:2400::
  "26031063600000000000000000000000", 5, // 2603:1063:6000::
  "26031063800000000000000000000000", 0, // 2603:1063:8000::
  "262001ec000400000000000000000152", 5, // 2620:1ec:4::152
  "262001ec000400000000000000000154", 0, // 2620:1ec:4::154
  "262001ec000400000000000000000192", 4, // 2620:1ec:4::192
  "262001ec000400000000000000000193", 0, // 2620:1ec:4::193
  "262001ec000600000000000000000000", 3, // 2620:1ec:6::
  "262001ec000700000000000000000000", 0, // 2620:1ec:7::
  "262001ec000c00000000000000000010", 5, // 2620:1ec:c::10
  "262001ec000c00000000000000000012", 0, // 2620:1ec:c::12
  "262001ec000c00000000000000000015", 3, // 2620:1ec:c::15
  "262001ec000c00000000000000000016", 0, // 2620:1ec:c::16
  "262001ec000d00000000000000000010", 5, // 2620:1ec:d::10
  "262001ec000d00000000000000000012", 0, // 2620:1ec:d::12
  "262001ec004000000000000000000000", 3, // 2620:1ec:40::
  "262001ec008000000000000000000000", 0, // 2620:1ec:80::
  "262001ec08f000000000000000000000", 5, // 2620:1ec:8f0::
  "262001ec08f400000000000000000000", 0, // 2620:1ec:8f4::
  "262001ec08f800000000000000000000", 5, // 2620:1ec:8f8::
  "262001ec08fc00000000000000000000", 0, // 2620:1ec:8fc::
  "262001ec08fc00000000000000000006", 3, // 2620:1ec:8fc::6
  "262001ec08fc00000000000000000007", 0, // 2620:1ec:8fc::7
  "262001ec090000000000000000000000", 5, // 2620:1ec:900::
  "262001ec090400000000000000000000", 0, // 2620:1ec:904::
  "262001ec090800000000000000000000", 5, // 2620:1ec:908::
  "262001ec090c00000000000000000000", 0, // 2620:1ec:90c::
  "262001ec0a9200000000000000000152", 5, // 2620:1ec:a92::152
  "262001ec0a9200000000000000000154", 0, // 2620:1ec:a92::154
  "262001ec0a9200000000000000000171", 3, // 2620:1ec:a92::171
  "262001ec0a9200000000000000000172", 0, // 2620:1ec:a92::172
  "262001ec0a9200000000000000000192", 4, // 2620:1ec:a92::192
  "262001ec0a9200000000000000000193", 0, // 2620:1ec:a92::193
  "2a010111f100200000000000a83e3019", 3, // 2a01:111:f100:2000::a83e:3019
  "2a010111f100200000000000a83e301a", 0, // 2a01:111:f100:2000::a83e:301a
  "2a010111f10020020000000089752d79", 3, // 2a01:111:f100:2002::8975:2d79
  "2a010111f10020020000000089752d7a", 0, // 2a01:111:f100:2002::8975:2d7a
  "2a010111f10020020000000089752da8", 3, // 2a01:111:f100:2002::8975:2da8
  "2a010111f10020020000000089752da9", 0, // 2a01:111:f100:2002::8975:2da9
  "2a010111f1007000000000006fdd6cd5", 3, // 2a01:111:f100:7000::6fdd:6cd5
  "2a010111f1007000000000006fdd6cd6", 0, // 2a01:111:f100:7000::6fdd:6cd6
  "2a010111f100a00400000000bfeb88cf", 3, // 2a01:111:f100:a004::bfeb:88cf
  "2a010111f100a00400000000bfeb88d0", 0, // 2a01:111:f100:a004::bfeb:88d0
  "2a010111f40000000000000000000000", 4, // 2a01:111:f400::
  "2a010111f40100000000000000000000", 0, // 2a01:111:f401::
  "2a010111f40200000000000000000000", 5, // 2a01:111:f402::
  "2a010111f40300000000000000000000", 4, // 2a01:111:f403::
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
  // IPv4 written as IPv6 leads to the IPv4 address.
  return out.substring(0, 24) === "00000000000000000000ffff" ? parseInt(out.substring(24), 16) : out;
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
