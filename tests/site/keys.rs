//! The keys that nodes seal to, compared with one another at the start of each.

use bluelamp::base::sealing::Keys;
use bluelamp::server::keys::{Comparison, compare};

use crate::support::TestSite;

#[tokio::test]
async fn a_node_finds_out_that_its_keys_are_not_those_of_the_site() {
    let site = TestSite::start().await;
    let (ours, others) = (Keys::generate().unwrap(), Keys::generate().unwrap());
    let compare = async |keys: &Keys, notes| {
        let (public, database) = (keys.public().clone(), site.site.database());
        let compared = database.write(std::time::Duration::from_secs(3), async |connection| {
            Ok::<_, bluelamp::base::database::DatabaseError>(compare(connection, &public, notes).await?)
        });
        compared.await.unwrap()
    };
    assert_eq!(compare(&ours, false).await, Comparison::NoneNoted, "no node that serves staff has begun");
    assert_eq!(compare(&ours, true).await, Comparison::Same);
    assert_eq!(compare(&ours, false).await, Comparison::Same);
    assert_eq!(compare(&others, false).await, Comparison::Other);
    assert_eq!(compare(&others, true).await, Comparison::Other, "other keys are not noted as the site's");
    assert_eq!(compare(&others, false).await, Comparison::Other);
}
