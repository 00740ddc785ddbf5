//! `openapi query|credentials|admin|plugin`.

use std::process::ExitCode;

use crate::cli::ApiName;

pub(crate) fn run(api: ApiName) -> ExitCode {
    let document = match api {
        ApiName::Query => lp_query_api::openapi(),
        ApiName::Credentials => lp_credentials::openapi(),
        ApiName::Admin => lp_admin_api::openapi(),
        ApiName::Plugin => lp_plugin_api::openapi(),
    };
    println!("{:#}", lp_http::examples::with_examples(&document));
    ExitCode::SUCCESS
}
