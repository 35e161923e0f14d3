//! `deployer outputs`: the values that the stack gives out.
use super::{
    args::{Global, Outputs as Args, code},
    failure::Failure,
    run,
    target::{self, Start},
};
use crate::{
    engine,
    kinds::Look,
    ui::{Screen, outputs},
};

/// Runs the command.
pub async fn run(global: &Global, args: &Args, screen: &Screen) -> Result<u8, Failure> {
    let stack = target::load(global, screen)?;
    let session = target::session(global, stack, Start::No).await?;
    engine::survey(&session, Look::Identity).await?;
    let all = run::outputs(&session);
    match &args.name {
        Some(name) => {
            let value = outputs::one(&all, name)?;
            screen.answer(|_| format!("{value}\n"), || value)?;
        }
        None => screen.answer(|look| outputs::render(&all, look), || &all)?,
    }
    Ok(code::DONE)
}
