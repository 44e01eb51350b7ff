//! What an answer means, by its status and by Discord's own code in it.

use alert_core::SinkError;

use crate::refusal::Refusal;
use crate::reply::Reply;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Post,
    Edit,
}

/// How far a limit reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// This webhook.
    Webhook,
    /// Every Discord sink of the process.
    Everywhere,
    /// The same, since Discord does not speak with this address for a while.
    Ban,
}

/// What an answer means.
#[derive(Debug)]
pub(crate) enum Judged {
    /// The message is there.
    Taken,
    /// It is to be asked again later.
    Wait(Reach),
    /// The message that was to be edited cannot be: a new one is to be posted.
    Anew,
    /// What is in the message is refused.
    Refused(Refusal),
    /// Anything else.
    Failed(SinkError),
}

const SLOWER: [i64; 4] = [20016, 20028, 20029, 40062];

/// Reads an answer.
pub(crate) fn judge(reply: &Reply, call: Call) -> Judged {
    if reply.is_success() {
        return Judged::Taken;
    }
    let code = reply.code();
    if let Some(reach) = limit(reply, code) {
        return Judged::Wait(reach);
    }
    if call == Call::Edit && matches!(code, Some(10008 | 30046 | 50083)) {
        return Judged::Anew;
    }
    let word = word(reply);
    let known = code.and_then(by_code);
    let verdict = known.unwrap_or_else(|| by_status(reply));
    let (class, text) = match verdict {
        Verdict::Refused { too_long } => return refused(reply, word, too_long),
        Verdict::Failed(class, text) => (class, text),
    };
    let mut text = text.to_owned();
    match reply.message() {
        "" => text.push_str(&format!(" ({})", reply.status)),
        _ => text.push_str(&format!(" ({}: {})", reply.status, reply.shown)),
    }
    let error = match class {
        Class::Transient => SinkError::transient(text),
        Class::Unusable => SinkError::unusable(text),
        Class::Halted => SinkError::unusable(text).until_changed(),
    };
    Judged::Failed(coded(error, word))
}

/// The word for a limit, or for whatever else this answer is.
pub(crate) fn word(reply: &Reply) -> Option<&'static str> {
    if is_ban(reply) {
        return Some("discord-1015");
    }
    reply.code().and_then(code_word).or(reply.word)
}

pub(crate) fn coded(error: SinkError, word: Option<&'static str>) -> SinkError {
    match word {
        Some(word) => error.code(word),
        None => error,
    }
}

fn is_ban(reply: &Reply) -> bool {
    if !matches!(reply.status, 403 | 429) {
        return false;
    }
    let blocked = reply.code() == Some(0) && reply.message().contains("being blocked");
    let text = reply.text.to_ascii_lowercase();
    let shut = ["error code: 1015", "error 1015"]
        .iter()
        .any(|shut| text.contains(shut));
    // A page of HTML instead of Discord's JSON comes from the network in front of it.
    let page = reply.status == 429 && reply.json.is_null() && reply.text.contains('<');
    blocked || shut || page
}

fn limit(reply: &Reply, code: Option<i64>) -> Option<Reach> {
    if is_ban(reply) {
        Some(Reach::Ban)
    } else if reply.status == 429 && reply.is_global() {
        Some(Reach::Everywhere)
    } else if reply.status == 429 || code.is_some_and(|code| SLOWER.contains(&code)) {
        Some(Reach::Webhook)
    } else {
        None
    }
}

fn refused(reply: &Reply, word: Option<&'static str>, too_long: bool) -> Judged {
    match Refusal::read(reply, word) {
        Ok(mut refusal) => {
            refusal.too_long |= too_long;
            if refusal.why.is_empty() {
                refusal.why = format!("it answers {} without a word", reply.status);
            }
            Judged::Refused(refusal)
        }
        Err((setting, why)) => {
            let text = format!("discord refuses the setting `{setting}`: {why}; change it");
            Judged::Failed(coded(SinkError::unusable(text), word))
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Transient,
    Unusable,
    /// Unusable until the configuration is another.
    Halted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Failed(Class, &'static str),
    Refused { too_long: bool },
}

const TROUBLE: Verdict =
    Verdict::Failed(Class::Transient, "discord has trouble; goes on by itself");
const TOKEN: Verdict = Verdict::Failed(
    Class::Halted,
    "the webhook's token is wrong or was renewed: copy its URL again in the channel's settings and set it as `url`",
);
const ADDRESS: Verdict = Verdict::Failed(
    Class::Halted,
    "this is not the address of a webhook: copy the webhook's URL in the channel's settings and set it as `url`",
);
const FORBIDDEN: Verdict = Verdict::Failed(
    Class::Unusable,
    "discord forbids it: check the channel and the webhook in its settings",
);
const CLIENT: Verdict = Verdict::Failed(
    Class::Unusable,
    "discord blocks this client by its User-Agent: update this program, or look for a proxy that changes it",
);
const TEXT: Verdict = Verdict::Refused { too_long: false };
const TOO_LARGE: Verdict = Verdict::Refused { too_long: true };

fn by_code(code: i64) -> Option<Verdict> {
    Some(match code {
        10015 => Verdict::Failed(
            Class::Halted,
            "the webhook was deleted: make a new one in the channel's settings and set its URL as `url`",
        ),
        50027 | 40001 | 50014 => TOKEN,
        10003 => Verdict::Failed(
            Class::Halted,
            "the channel or thread is gone: check `thread_id`, or make a webhook in another channel",
        ),
        10016 | 50041 => ADDRESS,
        130_000 | 40004 | 40006 => TROUBLE,
        30046 => Verdict::Failed(
            Class::Transient,
            "the message is too old to be edited as often",
        ),
        50001 | 50013 => FORBIDDEN,
        40333 => CLIENT,
        220_001 | 40058 => Verdict::Failed(
            Class::Unusable,
            "the channel is a forum: set `thread_id` (an existing thread) or `thread_name` (a new one for each message)",
        ),
        220_002 => Verdict::Failed(
            Class::Unusable,
            "a message goes into a thread or makes one: set `thread_id` or `thread_name`, not both",
        ),
        220_003 => Verdict::Failed(
            Class::Unusable,
            "only in a forum a message can make a thread: remove `thread_name`",
        ),
        220_004 => Verdict::Failed(
            Class::Unusable,
            "a forum takes no such webhook URL: use the plain one",
        ),
        40066 | 40067 => Verdict::Failed(
            Class::Unusable,
            "the forum wants tags on its threads: set `applied_tags` to ids of tags of this forum",
        ),
        50083 => Verdict::Failed(
            Class::Unusable,
            "the thread is archived: open it, or set another `thread_id`",
        ),
        160_005 => Verdict::Failed(
            Class::Unusable,
            "the thread is locked: unlock it, or set another `thread_id`",
        ),
        160_006 => Verdict::Failed(
            Class::Unusable,
            "there are too many active threads: archive some, or set `thread_id`",
        ),
        50035 | 50006 | 50109 | 200_000 | 200_001 | 240_000 | 20009 => TEXT,
        40005 => TOO_LARGE,
        _ => return None,
    })
}

fn by_status(reply: &Reply) -> Verdict {
    match reply.status {
        300..400 | 404 | 405 => ADDRESS,
        401 => TOKEN,
        403 if reply.text.contains("error code: 1010") => CLIENT,
        403 => FORBIDDEN,
        407 => Verdict::Failed(
            Class::Unusable,
            "the proxy wants a login: check the proxy's settings",
        ),
        408 => TROUBLE,
        413 => TOO_LARGE,
        400..500 => TEXT,
        _ => TROUBLE,
    }
}

macro_rules! words {
    ($($code:literal)*) => {
        /// Every code that has a word.
        #[cfg(test)]
        pub(crate) const CODES: &[i64] = &[$($code),*];

        fn code_word(code: i64) -> Option<&'static str> {
            match code {
                $($code => Some(concat!("discord-", $code)),)*
                _ => None,
            }
        }
    };
}

words! {
    10003 10008 10015 10016 20009 20016 20028 20029 30046 40001 40004 40005 40006 40058 40062 40066
    40067 40333 50001 50006 50013 50014 50027 50035 50041 50083 50109 130000 160005 160006 200000
    200001 220001 220002 220003 220004 240000
}
