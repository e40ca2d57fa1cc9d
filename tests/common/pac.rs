//! PAC files executed: in QuickJS, embedded, and in Node, one process a file.

use serde_json::json;

/// What runs in both engines: asks the PAC everything, and says how often each answer came by its number.
pub const ASK_ALL: &str = r#"
(function (text) {
  var asks = JSON.parse(text), known = {}, answers = [], said = [], i, answer;
  for (i = 0; i < asks.length; i++) {
    answer = "=" + FindProxyForURL(asks[i][0], asks[i][1]);
    if (known[answer] === undefined) { known[answer] = answers.length; answers.push(answer.substring(1)); }
    said.push(known[answer]);
  }
  return JSON.stringify({answers: answers, said: said});
})
"#;

/// A question to a PAC: the URL and the host.
pub type Ask = (String, String);

/// The answers of QuickJS.
pub fn quickjs(pac: &str, asks: &[Ask]) -> Vec<String> {
    let runtime = rquickjs::Runtime::new().expect("QuickJS");
    let context = rquickjs::Context::full(&runtime).expect("a QuickJS context");
    context.with(|cx| {
        let failed = |error: rquickjs::Error| -> ! {
            let thrown = cx.catch();
            panic!("the PAC fails in QuickJS: {error}: {thrown:?}")
        };
        // As a script, not a module, and not strict: what browsers do.
        let mut options = rquickjs::context::EvalOptions::default();
        options.strict = false;
        cx.eval_with_options::<(), _>(pac, options).unwrap_or_else(|e| failed(e));
        let ask_all: rquickjs::Function = cx.eval(ASK_ALL).unwrap_or_else(|e| failed(e));
        let text: String = ask_all.call((json!(asks).to_string(),)).unwrap_or_else(|e| failed(e));
        unpack(&serde_json::from_str(&text).expect("JSON from QuickJS"))
    })
}

/// The answers of Node.
pub fn node(pac: &str, asks: &[Ask]) -> Vec<String> {
    unpack(&super::node("pac.js", &json!({"pac": pac, "askAll": ASK_ALL, "asks": asks})))
}

fn unpack(answer: &serde_json::Value) -> Vec<String> {
    let answers = answer["answers"].as_array().expect("answers");
    let text =
        |n: &serde_json::Value| answers[n.as_u64().expect("a number") as usize].as_str().expect("a text").to_owned();
    answer["said"].as_array().expect("said").iter().map(text).collect()
}
