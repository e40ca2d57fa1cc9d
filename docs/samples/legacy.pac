function FindProxyForURL(url, host) {
  if (isPlainHostName(host) || dnsDomainIs(host, ".corp.example"))
    return "DIRECT";
  if (isInNet(dnsResolve(host), "10.0.0.0", "255.0.0.0"))
    return "DIRECT";
  if (weekdayRange("MON", "FRI") && timeRange(8, 17) && shExpMatch(host, "*.backup.example"))
    return "PROXY night.example:3128, DIRECT";
  return "PROXY proxy-a.example:8080; PROXY proxy-b.example:8080";
}
