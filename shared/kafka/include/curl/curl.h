/* librdkafka asks for this header even where it is built without curl
   (https://github.com/confluentinc/librdkafka/issues/5135); nothing of it is used. */
