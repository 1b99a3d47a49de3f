//! The general parts of the document: name and version, authentication, the groups of routes, the
//! server's address.

use super::refusal;
use crate::edge::http::api::background_jobs::JobChange;
use crate::edge::http::api::settings::SettingsChange;
use url::Url;
use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Header, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, ServerBuilder, Type};

/// The document before any route is added.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Postern",
        description = "\
            An email and notification gateway for self-hosted forges, with one shared flag: **Maintenance Mode**. While it is on, \
            notifications whose use is a write are suppressed and listed, mail that would write is refused, and writes over HTTP answer 403.\n\n\
            Send a token in `PRIVATE-TOKEN` or as `Authorization: Bearer`; one in the query is not read. The name beside each \
            lock is the scope that a route asks for; a token of scope `api` opens every route.\n\n\
            Every answer that is no success is a *problem* (RFC 9457) with the members `detail` and `message`, which say in \
            words what is wrong and what to do. An answer 503 with `\"mode\": \"unknown\"` says that the store cannot be reached: nothing \
            was changed, try again after `Retry-After`. Besides what each route lists, any may answer 404 for a path and 405 \
            for a method that is not there, and 408 when a request's body does not come to its end.\n\n\
            Times are RFC 3339 in UTC. Lists come newest first, a page at a time: follow the `Link` with `rel=\"next\"` to its end. \
            Query parameters that are not known are ignored, and an empty one counts as not given.",
    ),
    // Schemas that no route adds: an optional body has to name its schema by reference.
    components(schemas(refusal::Shape, SettingsChange, JobChange)),
    tags(
        (name = "maintenance", description = "The flag: look at it, turn it, see what is still under way and who turned it when."),
        (name = "notifications", description = "For applications: enqueue what Postern delivers, and ask what became of it."),
        (name = "reports", description = "What the mode kept back, and what was decided about mail that came in."),
        (name = "queue", description = "What waits and why, and what an operator can do about it. Works while the mode is on."),
        (name = "background jobs", description = "What runs by itself, and pausing it, for example while one fails over."),
        (name = "monitoring", description = "For monitors at the addresses in `[http] monitoring_clients`; everybody else gets 404."),
        (name = "about", description = "The API itself."),
    ),
)]
struct Whole;

/// The document without routes.
#[must_use]
pub fn begin() -> OpenApi {
    let mut document = Whole::openapi();
    let token = ApiKeyValue::with_description("PRIVATE-TOKEN", "A token, as `postern token create` prints it.");
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The same token."));
    let components = document.components.get_or_insert_default();
    components.responses.extend(refusal::all().into_iter().map(|(name, response)| (name.to_owned(), response)));
    components.headers.insert(REQUEST_ID.to_owned(), request_id().into());
    components.add_security_scheme("private_token", SecurityScheme::ApiKey(ApiKey::Header(token)));
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
    document
}

/// Adds what all routes have in common.
pub fn finish(document: &mut OpenApi, external_url: &Url) {
    let url = external_url.as_str().trim_end_matches('/');
    let server = ServerBuilder::new().url(url).description(Some("`[http] external_url` of the configuration."));
    document.servers = Some(vec![server.build()]);
    let shared = document.components.iter_mut().flat_map(|components| components.responses.values_mut());
    let own = document.paths.paths.values_mut().flat_map(operations);
    for response in own.flat_map(|operation| operation.responses.responses.values_mut()).chain(shared) {
        if let RefOr::T(response) = response {
            let header = Ref::new(format!("#/components/headers/{REQUEST_ID}"));
            response.headers.insert(REQUEST_ID.to_owned(), RefOr::Ref(header));
        }
    }
}

const REQUEST_ID: &str = "X-Request-Id";

/// The header that every response has.
fn request_id() -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some("The request's id: the client's own when it was plain, else a new one. The log has it too."))
        .build()
}

/// All operations of a path.
fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.put, &mut path.post, &mut path.delete, &mut path.patch].into_iter().flatten()
}
