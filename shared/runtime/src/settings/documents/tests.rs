use super::*;

#[tokio::test]
async fn a_file_is_read_each_time() {
    let path = std::env::temp_dir().join(format!("thingrelay-{}.toml", std::process::id()));
    let documents = Documents::open(DocumentLocation::File(path.clone()), &Aws::anywhere()).await;
    let missing = documents.read().await.unwrap_err();
    assert!(missing.to_string().contains("cannot be read"), "{missing}");
    for text in ["a = 1", "a = 2"] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(documents.read().await.unwrap(), [text]);
    }
    std::fs::remove_file(&path).unwrap();
}
