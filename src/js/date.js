// Date with a given moment as its present and a given offset as its zone, whatever the machine's clock and zone are.
// Everything is computed from the engine's UTC functions.
(function (now, minutes) {
  "use strict";
  var Native = Date, proto = Native.prototype, apply = Reflect.apply, construct = Reflect.construct;
  var utc = Native.UTC, parse = Native.parse, time = proto.getTime, setTime = proto.setTime, iso = proto.toISOString;
  var zoned = /(?:Z|UTC|GMT|[+-]\d\d:?\d\d)\s*(?:\(.*\))?$/i, day = /^\d{4}(?:-\d\d){0,2}$/, isoTime = /^\d{4}-\d\d-\d\dT/;
  var test = RegExp.prototype.test;
  if (minutes === undefined) minutes = -new Native(now).getTimezoneOffset();
  var offset = minutes * 60000;

  function local(date) { return new Native(apply(time, date, []) + offset); }

  function read(text) {
    if (apply(test, zoned, [text]) || apply(test, day, [text])) return parse(text);
    var found = parse(text + (apply(test, isoTime, [text]) ? "Z" : " GMT"));
    return found === found ? found - offset : parse(text);
  }

  function PacDate(a) {
    if (new.target === undefined) return apply(text, new Native(now), []);
    var count = arguments.length, at;
    if (count === 0) at = now;
    else if (count > 1) at = apply(utc, Native, arguments) - offset;
    else if (typeof a === "string") at = read(a);
    else if (a instanceof Native) at = apply(time, a, []);
    else return construct(Native, [a], new.target);
    return construct(Native, [at], new.target);
  }

  function put(object, name, value) {
    Object.defineProperty(object, name, { value: value, writable: true, configurable: true, enumerable: false });
  }

  ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"].forEach(function (part) {
    var get = proto["getUTC" + part], set = proto["setUTC" + part];
    put(proto, "get" + part, function () { return apply(get, local(this), []); });
    if (set) {
      put(proto, "set" + part, function () {
        var date = local(this);
        apply(set, date, arguments);
        return apply(setTime, this, [apply(time, date, []) - offset]);
      });
    }
  });

  function two(n) { return (n < 10 ? "0" : "") + n; }
  var fullYear = proto.getUTCFullYear, month = proto.getUTCMonth, date = proto.getUTCDate, weekday = proto.getUTCDay;
  function dateText() {
    var d = local(this), at = apply(time, d, []);
    if (at !== at) return "Invalid Date";
    return ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][apply(weekday, d, [])] + " " +
      ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][apply(month, d, [])] + " " +
      two(apply(date, d, [])) + " " + apply(fullYear, d, []);
  }
  function timeText() {
    var d = local(this), at = apply(time, d, []);
    if (at !== at) return "Invalid Date";
    var shown = apply(iso, d, []), start = shown.length - 13, hms = "";
    for (var i = 0; i < 8; i++) hms += shown[start + i];
    var ahead = minutes < 0 ? -minutes : minutes, rest = ahead % 60;
    return hms + " GMT" + (minutes < 0 ? "-" : "+") + two((ahead - rest) / 60) + two(rest);
  }
  function text() {
    var at = apply(time, this, []);
    return at === at ? apply(dateText, this, []) + " " + apply(timeText, this, []) : "Invalid Date";
  }
  put(proto, "toDateString", dateText);
  put(proto, "toLocaleDateString", dateText);
  put(proto, "toTimeString", timeText);
  put(proto, "toLocaleTimeString", timeText);
  put(proto, "toString", text);
  put(proto, "toLocaleString", text);
  put(proto, "getYear", function () { return apply(fullYear, local(this), []) - 1900; });
  put(proto, "getTimezoneOffset", function () {
    var at = apply(time, this, []);
    return at === at ? -minutes : at;
  });

  PacDate.prototype = proto;
  put(PacDate, "name", "Date");
  put(PacDate, "UTC", utc);
  put(PacDate, "now", function () { return now; });
  put(PacDate, "parse", function (a) { return read("" + a); });
  put(proto, "constructor", PacDate);
  put(globalThis, "Date", PacDate);
})
