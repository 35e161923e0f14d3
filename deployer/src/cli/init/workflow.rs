//! A workflow of GitHub Actions: the plan on every pull request, the deployment of what is merged.

/// Where it is written.
pub const PATH: &str = ".github/workflows/deploy.yml";

/// How the workflow comes to a `deployer`: from its repository, which a variable names.
pub const INSTALL: &str = "\
# DEPLOYER_REPOSITORY: the address that `git clone` takes for deployer itself.
      - run: cargo install --git \"${{ vars.DEPLOYER_REPOSITORY }}\" --locked deployer";

/// Returns the text. `install` are the steps that bring `deployer` onto the path.
pub fn text(install: &str, region: Option<&str>) -> String {
    let region = region.unwrap_or("${{ vars.AWS_REGION }}");
    include_str!("workflow/deploy.yml.txt").replace("{{install}}", install).replace("{{region}}", region)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The workflow of the shipped stack builds `deployer` from its own sources; everything else is what users get.
    #[test]
    fn the_shipped_workflow_is_the_one_that_is_written() {
        let own = "- run: cargo build --release --locked --package deployer && echo \"$PWD/target/release\" >> \"$GITHUB_PATH\"";
        let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../.github/workflows/deploy.yml");
        assert_eq!(std::fs::read_to_string(shipped).expect("it is there"), text(own, Some("ap-south-1")));
    }

    #[test]
    fn no_place_is_left_open() {
        let text = text(INSTALL, None);
        assert!(!text.contains("{{install}}") && !text.contains("{{region}}"), "{text}");
        assert_eq!(text.matches("DEPLOYER_REPOSITORY }}").count(), 2);
    }
}
