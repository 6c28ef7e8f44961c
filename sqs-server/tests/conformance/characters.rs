//! The characters that a body may have: those of XML 1.0.

use crate::case::cases;
use crate::case_error::{Outcome, equal, refused};
use crate::server::Context;

cases! {
    SEND_MESSAGE:
        white_space_and_the_first_printable_character_are_taken,
        characters_around_the_surrogates_are_taken,
        characters_beyond_the_basic_plane_are_taken,
        the_last_character_of_the_basic_plane_is_taken,
        control_characters_that_xml_knows_are_taken,
        control_characters_are_refused,
        noncharacters_of_the_basic_plane_are_refused,
        one_bad_character_among_good_ones_is_enough;
}

async fn take(context: &Context, characters: &[char]) -> Outcome {
    let queue = context.standard(&[]).await?;
    for character in characters {
        for body in [character.to_string(), format!("a{character}b")] {
            queue.send(&body).send().await?;
            let message = queue.next_one().await?;
            equal("the body", message.body(), Some(body.as_str()))?;
            queue.delete(&message).send().await?;
        }
    }
    Ok(())
}

async fn refuse(context: &Context, characters: impl IntoIterator<Item = char>) -> Outcome {
    let queue = context.standard(&[]).await?;
    for character in characters {
        let answer = queue.send(character.to_string()).send().await;
        refused(character, answer, &["InvalidMessageContents"])?;
    }
    queue.stays_empty(0).await
}

async fn white_space_and_the_first_printable_character_are_taken(context: Context) -> Outcome {
    take(&context, &['\t', '\n', '\r', ' ', '!']).await
}

async fn characters_around_the_surrogates_are_taken(context: Context) -> Outcome {
    take(&context, &['\u{d7ff}', '\u{e000}']).await
}

async fn characters_beyond_the_basic_plane_are_taken(context: Context) -> Outcome {
    // The last two characters of every plane are noncharacters, but legal.
    take(
        &context,
        &['\u{10000}', '\u{1ffff}', '\u{10fffe}', '\u{10ffff}'],
    )
    .await
}

async fn the_last_character_of_the_basic_plane_is_taken(context: Context) -> Outcome {
    take(&context, &['\u{fffd}', '\u{fdd0}', '\u{feff}']).await
}

async fn control_characters_that_xml_knows_are_taken(context: Context) -> Outcome {
    take(
        &context,
        &['\u{7f}', '\u{80}', '\u{85}', '\u{9f}', '\u{2028}'],
    )
    .await
}

async fn control_characters_are_refused(context: Context) -> Outcome {
    let allowed = ['\t', '\n', '\r'];
    let refused = ('\0'..' ').filter(|character| !allowed.contains(character));
    refuse(&context, refused).await
}

async fn noncharacters_of_the_basic_plane_are_refused(context: Context) -> Outcome {
    refuse(&context, ['\u{fffe}', '\u{ffff}']).await
}

async fn one_bad_character_among_good_ones_is_enough(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let long = "x".repeat(10_000);
    for body in [
        format!("\u{b}{long}"),
        format!("{long}\u{b}"),
        format!("{long}\u{b}{long}"),
    ] {
        let answer = queue.send(body).send().await;
        refused("a long body", answer, &["InvalidMessageContents"])?;
    }
    Ok(())
}
