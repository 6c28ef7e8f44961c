//! Records produced to a Kafka that stands in for CKafka, in a command that is built with the client
//! for it.

#[cfg(feature = "ckafka")]
pub use client::{Link, link};
#[cfg(not(feature = "ckafka"))]
pub use none::{Link, link};

#[cfg(feature = "ckafka")]
mod client {
    use crate::send::{
        args::Args,
        plan::{Device, Message},
        tally::Tally,
        worker,
    };
    use anyhow::{Context, anyhow};
    use bytes::Bytes;
    use std::{
        sync::{Arc, Mutex, PoisonError},
        time::Duration,
    };
    use thingrelay_kafka::produce::{ProduceError, Producer};

    /// A worker's way to the topic. All share a connection.
    #[derive(Clone)]
    pub struct Link {
        producer: Producer,
        last: Arc<Mutex<Option<ProduceError>>>,
    }

    /// The way to a topic at these brokers.
    ///
    /// # Errors
    /// An argument is missing, or the client does not take what is given.
    pub fn link(args: &Args, brokers: &[String]) -> anyhow::Result<Link> {
        let topic = args.ckafka.topic.as_deref();
        let topic = topic.context("which topic are the records for? Give --topic")?;
        let security = args.ckafka.connection()?;
        let limit = Duration::from_secs_f64(args.timeout);
        let producer =
            Producer::new(brokers, &security, topic, limit).map_err(|error| anyhow!(error))?;
        Ok(Link {
            producer,
            last: Arc::default(),
        })
    }

    impl Link {
        /// What the client or the broker said when a record was last not stored, in a sentence.
        pub fn trouble(&self) -> Option<String> {
            let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.as_ref().map(|error| format!("{error}\n"))
        }
    }

    impl worker::Link for Link {
        async fn attempt(
            &mut self,
            device: &Device,
            message: &Message,
            tally: &mut Tally,
        ) -> Result<(), String> {
            let value = match message {
                Message::Push(body) => body.clone(),
                Message::UrlCheck => Bytes::new(),
            };
            match self.producer.produce(&device.name(), &value).await {
                Ok(took) => {
                    tally.answered(took);
                    Ok(())
                }
                Err(error) => {
                    let word = error.code.clone();
                    let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
                    *last = Some(error);
                    Err(word)
                }
            }
        }
    }
}

#[cfg(not(feature = "ckafka"))]
mod none {
    use crate::{
        ckafka,
        send::{
            args::Args,
            plan::{Device, Message},
            tally::Tally,
            worker,
        },
    };
    use std::convert::Infallible;

    /// There is none.
    #[derive(Clone)]
    pub struct Link(Infallible);

    /// Nothing: the client is missing.
    ///
    /// # Errors
    /// Always, with how the command is built that has it.
    pub fn link(_: &Args, _: &[String]) -> anyhow::Result<Link> {
        anyhow::bail!("this is produced to CKafka, {}", ckafka::WITHOUT_CLIENT)
    }

    impl Link {
        /// Nothing.
        pub fn trouble(&self) -> Option<String> {
            match self.0 {}
        }
    }

    impl worker::Link for Link {
        async fn attempt(&mut self, _: &Device, _: &Message, _: &mut Tally) -> Result<(), String> {
            match self.0 {}
        }
    }
}
