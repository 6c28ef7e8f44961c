//! The types of events.

/// A type of event. Its name is part of the interface: a change of meaning needs a `v2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventType {
    /// A device has connected.
    DeviceOnline,
    /// A device has disconnected.
    DeviceOffline,
    /// A device has reported properties.
    DeviceProperties,
    /// A device has reported an event of its model.
    DeviceEvent,
    /// A device has answered an action.
    DeviceAction,
    /// A device has reported information about itself.
    DeviceInfo,
    /// A device has reported its firmware, or the progress of an update.
    DeviceFirmware,
    /// A sub-device was bound to a gateway, or a device to a user or space.
    DeviceBound,
    /// A sub-device was unbound from a gateway, or a device from a user or space.
    DeviceUnbound,
    /// A device was given another name.
    DeviceRenamed,
    /// A data point of a device was given another name.
    DatapointRenamed,
    /// The platform's alert to the user.
    Alert,
    /// Any other message of a device.
    DeviceMessage,
    /// Any other message.
    Message,
    /// Sent by an operator to try a target. No message becomes one.
    Test,
}

macro_rules! names {
    ($($variant:ident => $name:literal),*; not of a message: $test:ident => $test_name:literal) => {
        /// Every type that a message can become, in the order of the documentation.
        pub const ALL: &'static [EventType] = &[$(EventType::$variant),*];

        /// The type in CloudEvents: `io.thingrelay.{name}.v1`.
        pub fn as_str(self) -> &'static str {
            match self {
                $(EventType::$variant => concat!("io.thingrelay.", $name, ".v1"),)*
                EventType::$test => concat!("io.thingrelay.", $test_name, ".v1"),
            }
        }

        /// The id of the JSON Schema of the event's `data`.
        pub fn schema(self) -> &'static str {
            match self {
                $(EventType::$variant => concat!("https://thingrelay.io/schemas/", $name, ".v1.json"),)*
                EventType::$test => concat!("https://thingrelay.io/schemas/", $test_name, ".v1.json"),
            }
        }
    };
}

impl EventType {
    names! {
        DeviceOnline => "device.online",
        DeviceOffline => "device.offline",
        DeviceProperties => "device.properties",
        DeviceEvent => "device.event",
        DeviceAction => "device.action",
        DeviceInfo => "device.info",
        DeviceFirmware => "device.firmware",
        DeviceBound => "device.bound",
        DeviceUnbound => "device.unbound",
        DeviceRenamed => "device.renamed",
        DatapointRenamed => "datapoint.renamed",
        Alert => "alert",
        DeviceMessage => "device.message",
        Message => "message";
        not of a message: Test => "test"
    }
}
