//! What a URL says beside where to send.

use std::collections::BTreeMap;

use alert_core::Secret;
use percent_encoding::percent_decode_str;
use url::Url;

use super::Preset;

/// Where requests go and what was taken out of the URL: a name and a text for `params`.
pub(crate) type Address = (Secret, Option<(String, Secret)>);

impl Preset {
    /// Splits the URL of a config, which may already say what the URL would.
    ///
    /// # Errors
    /// What is wrong with the URL, without the URL.
    pub(crate) fn address(
        &self,
        url: &Secret,
        params: &BTreeMap<String, Secret>,
    ) -> Result<Address, String> {
        let Some(name) = &self.last_segment else {
            return Ok((url.clone(), None));
        };
        let named = params.get(name);
        let mut parsed = Url::parse(url.expose().trim()).map_err(|_| "no URL".to_owned())?;
        let missing = || format!("the URL must end with the {name}, or `params` name it");
        let mut segments: Vec<String> = parsed
            .path_segments()
            .ok_or_else(missing)?
            .map(decoded)
            .collect();
        if segments.last().is_some_and(String::is_empty) {
            segments.pop();
        }
        let last = segments.pop().filter(|last| !last.is_empty());
        // What is named by itself may be the end of the URL all the same, and nothing is posted there.
        if named.is_some_and(|named| last.as_deref() != Some(named.expose())) {
            return Ok((url.clone(), None));
        }
        let last = last.ok_or_else(missing)?;
        // Cannot fail: the URL has segments.
        if let Ok(mut path) = parsed.path_segments_mut() {
            path.clear().extend(&segments);
        }
        Ok((
            Secret::new(parsed.as_str()),
            Some((name.clone(), Secret::new(last))),
        ))
    }
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::preset;

    fn split(url: &str) -> Result<(String, Option<(String, String)>), String> {
        let ntfy = preset("ntfy").unwrap();
        let (url, taken) = ntfy.address(&Secret::new(url), &BTreeMap::new())?;
        let taken = taken.map(|(name, value)| (name, value.expose().to_owned()));
        Ok((url.expose().to_owned(), taken))
    }

    #[test]
    fn the_last_segment_is_a_param_and_the_rest_is_where_to_post() {
        for (url, rest, topic) in [
            ("https://ntfy.sh/disk", "https://ntfy.sh/", "disk"),
            ("https://ntfy.sh/disk/", "https://ntfy.sh/", "disk"),
            (
                "http://n.example:8080/a/b/t?auth=x",
                "http://n.example:8080/a/b?auth=x",
                "t",
            ),
            ("https://ntfy.sh/a%2Fb", "https://ntfy.sh/", "a/b"),
        ] {
            let taken = Some(("topic".to_owned(), topic.to_owned()));
            assert_eq!(split(url), Ok((rest.to_owned(), taken)), "{url}");
        }
    }

    #[test]
    fn a_url_without_a_last_segment_needs_the_param() {
        let ntfy = preset("ntfy").unwrap();
        let error = split("https://ntfy.sh/").unwrap_err();
        assert!(
            error.contains("topic") && !error.contains("ntfy.sh"),
            "{error}"
        );
        let params = BTreeMap::from([("topic".to_owned(), Secret::new("t"))]);
        let url = Secret::new("https://ntfy.sh/x");
        let (rest, taken) = ntfy.address(&url, &params).unwrap();
        assert!(rest == url && taken.is_none());
        let both = Secret::new("https://ntfy.sh/t");
        let (rest, _) = ntfy.address(&both, &params).unwrap();
        assert_eq!(rest.expose(), "https://ntfy.sh/");
    }
}
