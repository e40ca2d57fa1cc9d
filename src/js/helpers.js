// The helper functions of PAC files, from their documented meaning. They call no method that a file could replace: only
// operators, indices of strings, and the functions handed in.
(function (resolve, myIp, inNet, sort, say) {
  "use strict";
  var Wrong = TypeError;

  // Host names and patterns: browsers throw too when there is none.
  function text(value, what) {
    if (value === undefined || value === null) throw new Wrong(what + " is " + value);
    return "" + value;
  }

  function part(whole, from, to) {
    var out = "";
    for (var i = from; i < to; i++) out += whole[i];
    return out;
  }

  function count(whole, sign) {
    var n = 0;
    for (var i = 0; i < whole.length; i++) if (whole[i] === sign) n++;
    return n;
  }

  function startsAt(whole, piece, at) {
    if (at < 0 || at + piece.length > whole.length) return false;
    for (var i = 0; i < piece.length; i++) if (whole[at + i] !== piece[i]) return false;
    return true;
  }

  // Four numbers of one to three digits: 1; the same with a number above 255: -1; anything else: 0.
  function quad(whole) {
    var dots = 0, digits = 0, value = 0, high = false;
    if (whole.length > 15) return 0;
    for (var i = 0; i < whole.length; i++) {
      var sign = whole[i];
      if (sign === ".") {
        if (digits === 0) return 0;
        dots++;
        digits = value = 0;
      } else if (sign >= "0" && sign <= "9") {
        value = value * 10 + +sign;
        if (++digits > 3) return 0;
        if (value > 255) high = true;
      } else return 0;
    }
    if (dots !== 3 || digits === 0) return 0;
    return high ? -1 : 1;
  }

  // As browsers do it: a signed number of 32 bits, missing bytes are 0.
  function toNumber(whole) {
    var result = 0, from = 0;
    for (var n = 0; n < 4; n++) {
      var to = from;
      while (to < whole.length && whole[to] !== ".") to++;
      result = (result << 8) | (to > from ? +part(whole, from, to) & 255 : 0);
      from = to + 1;
    }
    return result;
  }

  function dnsResolve(host) {
    if (host === undefined || host === null) return null;
    var found = resolve("" + host, false);
    return found === undefined ? null : found;
  }

  function isInNet(host, pattern, mask) {
    if (host === undefined || host === null) return false;
    var address = "" + host, kind = quad(address);
    if (kind < 0) return false;
    if (kind === 0) {
      address = dnsResolve(address);
      if (address === null) return false;
    }
    var bits = toNumber(text(mask, "the mask of isInNet"));
    return (toNumber(address) & bits) === (toNumber(text(pattern, "the pattern of isInNet")) & bits);
  }

  // Two pointers and the last star: no more than one step back, so never exponential.
  function shExpMatch(string, pattern) {
    string = text(string, "the text of shExpMatch");
    pattern = text(pattern, "the pattern of shExpMatch");
    var s = 0, p = 0, star = -1, from = 0;
    while (s < string.length) {
      if (p < pattern.length && pattern[p] === "*") {
        star = p++;
        from = s;
      } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === string[s])) {
        p++;
        s++;
      } else if (star >= 0) {
        p = star + 1;
        s = ++from;
      } else return false;
    }
    while (p < pattern.length && pattern[p] === "*") p++;
    return p === pattern.length;
  }

  // The moment, taken to pieces once.
  var date = new Date();
  var local = {
    year: date.getFullYear(), month: date.getMonth(), day: date.getDate(), weekday: date.getDay(),
    hour: date.getHours(), minute: date.getMinutes(), second: date.getSeconds()
  };
  var greenwich = {
    year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate(), weekday: date.getUTCDay(),
    hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds()
  };

  // The place of a word of three letters in a row of words.
  function place(row, word) {
    if (typeof word !== "string" || word.length !== 3) return -1;
    for (var i = 0; i < row.length; i += 3) if (startsAt(row, word, i)) return i / 3;
    return -1;
  }

  function monthOf(word) { return place("JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", word); }

  function isGmt(args) { return args.length > 0 && args[args.length - 1] === "GMT"; }

  // Ranges that run backwards go around the end: FRI to MON, DEC to FEB, 22 to 6.
  function between(from, value, to) {
    return from <= to ? from <= value && value <= to : value >= from || value <= to;
  }

  function weekdayRange() {
    var gmt = isGmt(arguments), n = arguments.length - (gmt ? 1 : 0), today = gmt ? greenwich : local;
    if (n < 1) return false;
    var days = "SUNMONTUEWEDTHUFRISAT", from = place(days, arguments[0]), to = n > 1 ? place(days, arguments[1]) : from;
    return from >= 0 && to >= 0 && between(from, today.weekday, to);
  }

  // A day, a month or a year, by what it looks like.
  function unit(value) {
    if (monthOf(value) >= 0) return "month";
    var number = +value;
    if (number !== number || number < 1) return "";
    return number < 32 ? "day" : "year";
  }

  function dateRange() {
    var gmt = isGmt(arguments), n = arguments.length - (gmt ? 1 : 0), today = gmt ? greenwich : local;
    if (n < 1 || n > 6) return false;
    var shape = "", i;
    for (i = 0; i < n; i++) {
      var kind = unit(arguments[i]);
      if (kind === "") return false;
      shape += kind[0];
    }
    // One date, or two of the same shape.
    var size = shape === "dm" || shape === "my" || shape === "dmy" || n === 1 ? n : n / 2;
    if (size !== n && (n % 2 === 1 || part(shape, 0, size) !== part(shape, size, n))) return false;
    var unitRow = part(shape, 0, size);
    if (unitRow !== "d" && unitRow !== "m" && unitRow !== "y" && unitRow !== "dm" && unitRow !== "my" && unitRow !== "dmy") {
      return false;
    }
    var from = 0, to = 0, now = 0;
    for (i = size - 1; i >= 0; i--) {
      var month = shape[i] === "m", first = arguments[i], last = arguments[n - size + i];
      from = from * 100 + (month ? monthOf(first) : +first);
      to = to * 100 + (month ? monthOf(last) : +last);
      now = now * 100 + (month ? today.month : shape[i] === "d" ? today.day : today.year);
    }
    if (shape[size - 1] === "y") return from <= now && now <= to;
    return between(from, now, to);
  }

  function timeRange() {
    var gmt = isGmt(arguments), n = arguments.length - (gmt ? 1 : 0), now = gmt ? greenwich : local;
    if (n !== 1 && n !== 2 && n !== 4 && n !== 6) return false;
    for (var i = 0; i < n; i++) if (+arguments[i] !== +arguments[i]) return false;
    if (n === 1) return now.hour === +arguments[0];
    if (n === 2) return between(+arguments[0], now.hour, +arguments[1]);
    var half = n / 2;
    // Without seconds the last minute counts whole, as the last hour does without minutes.
    var from = (+arguments[0] * 60 + +arguments[1]) * 60 + (n === 6 ? +arguments[2] : 0);
    var to = (+arguments[half] * 60 + +arguments[half + 1]) * 60 + (n === 6 ? +arguments[5] : 59);
    return between(from, (now.hour * 60 + now.minute) * 60 + now.second, to);
  }

  var all = {
    isPlainHostName: function (host) {
      host = text(host, "the host of isPlainHostName");
      return count(host, ".") === 0 && count(host, ":") === 0;
    },
    dnsDomainIs: function (host, domain) {
      host = text(host, "the host of dnsDomainIs");
      domain = text(domain, "the domain of dnsDomainIs");
      return startsAt(host, domain, host.length - domain.length);
    },
    localHostOrDomainIs: function (host, whole) {
      host = text(host, "the host of localHostOrDomainIs");
      whole = text(whole, "the name of localHostOrDomainIs");
      return host === whole || startsAt(whole, host + ".", 0);
    },
    isResolvable: function (host) { return dnsResolve(host) !== null; },
    isInNet: isInNet,
    dnsResolve: dnsResolve,
    convert_addr: function (address) { return toNumber(text(address, "the address of convert_addr")); },
    myIpAddress: function () {
      var mine = myIp(false);
      return mine === undefined ? "127.0.0.1" : mine;
    },
    dnsDomainLevels: function (host) { return count(text(host, "the host of dnsDomainLevels"), "."); },
    shExpMatch: shExpMatch,
    weekdayRange: weekdayRange,
    dateRange: dateRange,
    timeRange: timeRange,
    alert: function (message) { say("" + message); },
    isResolvableEx: function (host) {
      return host !== undefined && host !== null && resolve("" + host, true) !== undefined;
    },
    isInNetEx: function (address, prefix) {
      return address !== undefined && address !== null && inNet("" + address, text(prefix, "the prefix of isInNetEx"));
    },
    dnsResolveEx: function (host) {
      var found = host === undefined || host === null ? undefined : resolve("" + host, true);
      return found === undefined ? "" : found;
    },
    myIpAddressEx: function () { return myIp(true); },
    sortIpAddressList: function (list) {
      var sorted = list === undefined || list === null ? undefined : sort("" + list);
      return sorted === undefined ? false : sorted;
    },
    getClientVersion: function () { return "1.0"; }
  };
  for (var name in all) {
    Object.defineProperty(globalThis, name, { value: all[name], writable: true, configurable: true, enumerable: true });
  }
})
