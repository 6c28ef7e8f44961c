use super::*;

fn within(connections: usize, held_bytes: usize) -> Connections {
    Connections::within(Limits {
        connections,
        held_bytes,
    })
}

async fn places<const N: usize>(connections: &Connections) -> [Place; N] {
    let mut places = Vec::new();
    for _ in 0..N {
        places.push(connections.place().await);
    }
    places.try_into().unwrap()
}

fn given_up<const N: usize>(places: &[Place; N]) -> [bool; N] {
    places.each_ref().map(|place| place.give_up.is_cancelled())
}

/// Asks for a place at this time after the last change of the connection.
fn make_place(connections: &Connections, place: &Place, after: Duration) -> Duration {
    let mut state = connections.shared.lock();
    let at = state.open[&place.id].since + after;
    state.make_place(at)
}

#[tokio::test]
async fn the_longest_silent_one_gives_way_and_one_at_work_does_not() {
    let connections = within(3, 0);
    let places = places::<3>(&connections).await;
    // The first connection was the last to work, and the second is working.
    drop(places[0].begin());
    let exchange = places[1].begin();
    assert!(connections.free_place().is_none());
    make_place(&connections, &places[2], GRACE);
    assert_eq!(given_up(&places), [false, false, true]);
    // One connection gives way at a time.
    make_place(&connections, &places[0], GRACE);
    assert_eq!(given_up(&places), [false, false, true]);
    let [_first, second, third] = places;
    drop(third);
    let fourth = connections.place().await;
    assert!(second.has_request() && !fourth.has_request());
    drop(exchange);
    assert!(!second.has_request());
}

#[tokio::test]
async fn an_answered_one_gives_way_at_once_and_a_new_one_after_a_while() {
    let connections = within(2, 0);
    let [first, second] = places(&connections).await;
    let half = GRACE / 2;
    assert_eq!(make_place(&connections, &first, half), half);
    assert!(!first.give_up.is_cancelled() && !second.give_up.is_cancelled());
    drop(second.begin());
    make_place(&connections, &first, half);
    assert!(!first.give_up.is_cancelled() && second.give_up.is_cancelled());
    drop(second);
    let third = connections.place().await;
    make_place(&connections, &first, GRACE);
    assert!(first.give_up.is_cancelled() && !third.give_up.is_cancelled());
}

#[tokio::test]
async fn the_slowest_body_gives_way_and_one_in_progress_does_not() {
    let connections = within(3, 100);
    let places = places::<3>(&connections).await;
    let exchanges = places.each_ref().map(Place::begin);
    let mut rooms = exchanges.each_ref().map(Exchange::begin_body);
    for (exchange, room) in exchanges.iter().zip(&mut rooms) {
        exchange.grow(room, 30).await;
    }
    exchanges[0].grow(&mut rooms[0], 5).await;
    exchanges[2].end_body();
    make_place(&connections, &places[1], GRACE / 2);
    assert_eq!(given_up(&places), [false, false, false]);
    make_place(&connections, &places[1], GRACE);
    assert_eq!(given_up(&places), [false, true, false]);
}

#[tokio::test]
async fn a_body_that_goes_on_and_on_gives_way() {
    let connections = within(2, 100);
    let places = places::<2>(&connections).await;
    let exchanges = places.each_ref().map(Place::begin);
    let mut room = exchanges[0].begin_body();
    exchanges[0].grow(&mut room, 1).await;
    let began = connections.shared.lock().open[&places[0].id].began;
    for step in 1..=STEPS {
        let now = began + GRACE * step - Duration::from_millis(1);
        assert!(connections.shared.take(places[0].id, 1, now));
        connections.shared.lock().make_place(now);
        assert_eq!(given_up(&places), [false, false], "{step}");
    }
    connections.shared.lock().make_place(began + GRACE * STEPS);
    assert_eq!(given_up(&places), [true, false]);
}

#[tokio::test]
async fn the_slowest_body_makes_room() {
    let connections = within(3, 100);
    let places = places::<3>(&connections).await;
    let exchanges = places.each_ref().map(Place::begin);
    let mut rooms = exchanges.each_ref().map(Exchange::begin_body);
    for (exchange, (room, bytes)) in exchanges.iter().zip(rooms.iter_mut().zip([30, 30, 40])) {
        exchange.grow(room, bytes).await;
    }
    exchanges[2].end_body();
    let take = |after: Duration| {
        let at = connections.shared.lock().open[&places[1].id].since + after;
        connections.shared.take(places[0].id, 1, at)
    };
    // The body in progress frees memory by itself, and no other body is slow yet.
    assert!(!take(GRACE / 2));
    assert_eq!(given_up(&places), [false, false, false]);
    assert!(!take(GRACE));
    assert_eq!(given_up(&places), [false, true, false]);
    let [mut first, second, _third] = rooms;
    drop(second);
    exchanges[0].grow(&mut first, 30).await;
}

#[tokio::test]
async fn the_newest_of_bodies_that_wait_for_each_other_makes_room() {
    let connections = within(2, 100);
    let places = places::<2>(&connections).await;
    let exchanges = places.each_ref().map(Place::begin);
    let mut rooms = exchanges.each_ref().map(Exchange::begin_body);
    for (exchange, room) in exchanges.iter().zip(&mut rooms) {
        exchange.grow(room, 50).await;
    }
    let now = Instant::now();
    assert!(!connections.shared.take(places[0].id, 1, now));
    assert_eq!(given_up(&places), [false, false]);
    assert!(!connections.shared.take(places[1].id, 1, now));
    assert_eq!(given_up(&places), [false, true]);
    let [mut first, second] = rooms;
    drop(second);
    exchanges[0].grow(&mut first, 50).await;
}
